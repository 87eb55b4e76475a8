import { resolve } from "node:path/posix";
import { type Command, InvalidArgumentError } from "commander";
import { supervisedBackup } from "../../backup/supervised.ts";
import type { BackupResult } from "../../backup/backup.ts";
import { parseDuration } from "../../config/duration.ts";
import type { Host } from "../../config/types.ts";
import type { Entry } from "../../model/entry.ts";
import { printable } from "../../model/printable.ts";
import { archivedBytes, type Plan, plan, type PlanOptions } from "../../backup/plan.ts";
import { backupSet } from "../../permissions/sets.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatBytes, formatDuration, formatNumber } from "../format.ts";
import { checkSandbox, hostOption, runContext } from "../permission_check.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly credentials?: string;
  readonly dryRun?: boolean;
  readonly full?: boolean;
  readonly newStore?: boolean;
  readonly maxDuration?: number;
}

/** `backup`: makes a snapshot of a host. */
export function backupCommand(): Command {
  return command(
    "backup",
    "back up the paths that the config declares",
    "Archives the changed files below the declared paths of a host, compresses and encrypts them to the recipients' " +
      "public keys, and uploads them to the host's store. The signed receipt is stored last and makes the snapshot valid.",
  )
    .option(
      "--host <name>",
      "host of the config (default: the one with the name of this machine)",
    )
    .option(
      "--credentials <file>",
      "credentials file of the store (default: store.credentials in the config)",
    )
    .option("--full", "send everything, not only the changes since the last backup")
    .option(
      "--new-store",
      "create a new store in the store's directory, after the disk was replaced; sends everything",
    )
    .option(
      "--dry-run",
      "show what would be sent, and send nothing; --verbose lists every file, --full plans a full backup",
    )
    .option(
      "--max-duration <time>",
      'stop without a snapshot after this time, such as 90m or "6 h"; exit code 1',
      duration,
    )
    .example("backup --max-duration 6h", "for cron: stop after six hours")
    .example("backup --host web1.example.org --dry-run", "show what would be sent")
    .action((options: Options) => act(options, (session) => run(session, options), hostOption(options)));
}

async function run(session: Session, options: Options): Promise<ExitCode> {
  const declared = await session.host(options.host);
  await checkSandbox(session, declared, await backupSet(declared, runContext(session)));
  const host = withCredentials(declared, options.credentials);
  const { maxDuration, full, newStore } = options;
  if (options.dryRun) return await dryRun(session, host, { full, newStore });
  const { output } = session;
  const { progress } = output;
  output.goToBackground();
  session.cleansUp = true;
  if (progress) progress.total = await archivedBytes(host, session.run.signal);
  const outputLost = (): string | undefined => output.lost;
  const how = { environment, maxDuration, full, newStore, outputLost };
  const result = await supervisedBackup(host, how, session.run);
  output.data(summary(result), { event: "snapshot", ...result });
  if (output.lost !== undefined) output.warn(`Some output is lost: ${output.lost}`);
  return result.unread === 0 ? EXIT.DONE : EXIT.INCOMPLETE;
}

function summary(result: BackupResult): string {
  const { snapshot, host, stored, objects, unread, milliseconds } = result;
  const went = `${formatBytes(stored)} in ${formatNumber(objects, "object")}, ${
    formatDuration(milliseconds)
  }`;
  const completeness = unread === 0
    ? "Stored"
    : `Stored INCOMPLETE (${formatNumber(unread, "path")} could not be read)`;
  return `${completeness}: ${host}/${snapshot}: ${content(result, "sent")}; ${went}`;
}

function content(
  { entries, bytes, sent }: Pick<BackupResult, "entries" | "bytes" | "sent">,
  action: "sent" | "to send",
): string {
  const all = `${formatNumber(entries, "entry", "entries")} of ${formatBytes(bytes)}`;
  if (sent.entries === entries) return all;
  return `${all}, ${action} ${formatNumber(sent.entries, "entry", "entries")} of ${formatBytes(sent.bytes)}`;
}

async function dryRun(session: Session, host: Host, options: PlanOptions): Promise<ExitCode> {
  const { output, run } = session;
  const each = (entry: Entry): void =>
    output.detail(`${entry.type.padEnd(9)} ${entry.size} ${printable(entry.path)}`);
  const planned = await plan(host, run, { ...options, each });
  for (const line of memoryLines(planned.memory)) output.detail(line);
  output.data(
    `Would back up ${host.name}: ${content(planned, "to send")} ` +
      `in ${formatNumber(planned.volumes, "volume")} (${formatBytes(planned.archived)} before compression)` +
      (planned.dumps === 0 ? "" : `, and ${formatNumber(planned.dumps, "dump")}`),
    { event: "plan", host: host.name, ...planned },
  );
  return planned.unread === 0 ? EXIT.DONE : EXIT.INCOMPLETE;
}

const LIMITS = { config: "set by the config", cgroup: "of the cgroup", machine: "of the machine" };

function memoryLines({ profile, limit, bytes, parts, partSize, threads }: Plan["memory"]): string[] {
  const cause = limit === undefined
    ? "the memory of the machine is unknown"
    : `${formatBytes(limit.bytes)} ${LIMITS[limit.source]}`;
  return [
    `Memory profile: ${profile}, ${cause}`,
    `Estimated peak of memory: ${formatBytes(bytes)}, for ${formatNumber(parts, "part")} of ${
      formatBytes(partSize)
    }, ${formatNumber(threads, "thread")} and the program; fewer jobs or a smaller partSize reduce it`,
  ];
}

/** Returns the host with the credentials file of `--credentials`. */
function withCredentials(host: Host, file: string | undefined): Host {
  if (file === undefined || host.store.kind !== "s3") return host;
  return { ...host, store: { ...host.store, credentials: { file: resolve(file) } } };
}

function duration(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds > 0) return milliseconds;
  throw new InvalidArgumentError("Give a duration such as 90m or 6h, 24d at most.");
}
