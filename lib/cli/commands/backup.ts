import { resolve } from "node:path/posix";
import { type Command, InvalidArgumentError } from "commander";
import { supervisedBackup } from "../../backup/supervised.ts";
import type { BackupResult } from "../../backup/backup.ts";
import { parseDuration } from "../../config/duration.ts";
import type { Host } from "../../config/types.ts";
import type { Entry } from "../../model/entry.ts";
import { printable } from "../../model/printable.ts";
import { archivedBytes, plan, type PlanOptions } from "../../backup/plan.ts";
import type { MemoryEstimate } from "../../backup/memory_estimate.ts";
import { backupSet } from "../../permissions/sets.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatBytes, formatDuration, formatNumber } from "../format.ts";
import { circumstances, holdSandbox, hostOption } from "../permission_check.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly credentials?: string;
  readonly dryRun?: boolean;
  readonly full?: boolean;
  readonly newStore?: boolean;
  readonly maxDuration?: number;
}

/** `backup`: the main job. */
export function backupCommand(): Command {
  return command(
    "backup",
    "archive, seal and drop what the config declares",
    "Archives what changed below the declared paths of a host, compresses and seals it for the recipients' public " +
      "keys, and drops it into the host's store. The snapshot exists once its signed receipt is stored, last of all.",
  )
    .option(
      "--host <name>",
      "the host of the config that this is; by default the one named like this machine",
    )
    .option(
      "--credentials <file>",
      "the store's credentials file; by default what the config says of the store",
    )
    .option("--full", "send everything, not only what changed since the backups before")
    .option(
      "--new-store",
      "begin a new store in the store's directory: for a new disk where another one was; everything is sent",
    )
    .option(
      "--dry-run",
      "tell what would be sent now, and send nothing; --verbose names every file of it, --full plans to send everything",
    )
    .option(
      "--max-duration <time>",
      'end without a snapshot when it is not done after so long, such as 90m or "6 h"; exit code 1',
      duration,
    )
    .example("backup --max-duration 6h", "what cron runs")
    .example("backup --host web1.example.org --dry-run", "what it would send")
    .action((options: Options) => act(options, (session) => run(session, options), hostOption(options)));
}

async function run(session: Session, options: Options): Promise<ExitCode> {
  const declared = await session.host(options.host);
  await holdSandbox(session, declared, await backupSet(declared, circumstances(session)));
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
  if (output.lost !== undefined) output.warn(`Some of the output is lost: ${output.lost}`);
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
  return `${completeness}: ${host}/${snapshot}: ${content(result)}; ${went}`;
}

function content({ entries, bytes, sent }: Pick<BackupResult, "entries" | "bytes" | "sent">): string {
  const all = `${formatNumber(entries, "entry", "entries")} of ${formatBytes(bytes)}`;
  if (sent.entries === entries) return all;
  return `${all}, of which ${formatNumber(sent.entries, "entry", "entries")} of ${
    formatBytes(sent.bytes)
  } anew`;
}

async function dryRun(session: Session, host: Host, options: PlanOptions): Promise<ExitCode> {
  const { output, run } = session;
  const each = (entry: Entry): void =>
    output.detail(`${entry.type.padEnd(9)} ${entry.size} ${printable(entry.path)}`);
  const planned = await plan(host, run, { ...options, each });
  output.detail(memoryLine(planned.memory, host));
  output.data(
    `Would back up ${host.name}: ${content(planned)} ` +
      `in ${formatNumber(planned.volumes, "volume")} (${formatBytes(planned.archived)} before compression)` +
      (planned.dumps === 0 ? "" : `, and ${formatNumber(planned.dumps, "dump")}`),
    { event: "plan", host: host.name, ...planned },
  );
  return planned.unread === 0 ? EXIT.DONE : EXIT.INCOMPLETE;
}

function memoryLine({ bytes, parts, threads }: MemoryEstimate, { partSize }: Host): string {
  return `Planned peak of memory: ${formatBytes(bytes)}, for ${formatNumber(parts, "part")} of ${
    formatBytes(partSize)
  }, ${formatNumber(threads, "thread")} and the program: fewer jobs or a smaller partSize take less`;
}

/** The host with its store's credentials in another file than its config says. */
function withCredentials(host: Host, file: string | undefined): Host {
  if (file === undefined || host.store.kind !== "s3") return host;
  return { ...host, store: { ...host.store, credentials: { file: resolve(file) } } };
}

function duration(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds > 0) return milliseconds;
  throw new InvalidArgumentError("A length of time is wanted, such as 90m or 6h, 24d at most.");
}
