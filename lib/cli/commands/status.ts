import { dirname } from "node:path/posix";
import type { Command } from "commander";
import { replaceFile } from "../../disk/replace.ts";
import { Failure, Misuse, reason } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { shellWord } from "../../model/shell.ts";
import { headline } from "../../status/headline.ts";
import { fleetMetrics } from "../../status/metrics.ts";
import type { Remembering, WithReader } from "../../status/readers.ts";
import { type HostStatus, isDamaged, status, worstFirst } from "../../status/status.ts";
import { type Stranger, strangersOf } from "../../status/strangers.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { CommonOptions, Session } from "../session.ts";
import { type Noticed, withNotice } from "../owner_notice.ts";
import {
  findingsOf,
  fleetRecord,
  fleetValues,
  statusLines,
  statusRecord,
  summaryLines,
} from "../status_lines.ts";

interface Options extends CommonOptions {
  readonly html?: string;
  readonly metrics?: string;
}

/** `status`: shows which hosts need attention. */
export function statusCommand(): Command {
  return command(
    "status",
    "show which hosts need attention",
    "Checks the backups of all hosts, or of the named ones: whether the last complete backup is late, incomplete or " +
      "smaller than usual, looks encrypted, or misses something. Reads only listings and signed receipts, so it needs " +
      "credentials that can read the stores, but no private key. Set thresholds with `alerts` and `expect` in the config.",
  )
    .argument("[host...]", "hosts of the config (default: all hosts)")
    .option("--html <dir>", "also write the fleet as a page for a browser: index.html in this directory")
    .option("--metrics <file>", "also write metrics for Prometheus to a file")
    .example("status", "list every host, the worst first")
    .example("status --quiet", "only the hosts in trouble, as a mail from cron")
    .example("status --html /var/www/fleet", "as a page")
    .example("status --metrics /var/lib/prometheus/node-exporter/fleet.prom", "write metrics for Prometheus")
    .action((names: string[], options: Options) =>
      act(
        options,
        (session) => withNotice(session, "status", names.length === 0, () => run(session, names, options)),
      )
    );
}

async function run(session: Session, names: readonly string[], options: Options): Promise<Noticed> {
  if (options.metrics?.endsWith(".prom") === false) {
    throw new Misuse(
      `Cannot write metrics to "${options.metrics}": its name must end in ".prom", or no collector reads it`,
      {
        hint: `Set --metrics ${shellWord(`${options.metrics}.prom`)}`,
      },
    );
  }
  const hosts = await session.namedOrAll(names);
  const statuses: HostStatus[] = [];
  const withReader: WithReader = (host, body, mirror) =>
    mirror ? session.withMirror(host, mirror, body) : session.withReader(host, body);
  const remembering: Remembering = async (host, reader) =>
    await session.cache?.remembering(reader, host, session.run.now);
  for await (const it of status(hosts, withReader, session.records(), session.run, remembering)) {
    statuses.push(it);
  }
  const failed = new Set(statuses.filter(({ state }) => state === "unknown").map(({ host }) => host));
  const unknown = names.length > 0 ? [] : await strangersOf(hosts, failed, withReader, session.run);
  const now = session.run.now();
  const sorted = worstFirst(statuses);
  show(session, sorted, unknown, now);
  if (options.metrics !== undefined) write(options.metrics, fleetMetrics(statuses, now));
  if (options.html !== undefined) await writePages(options.html, statuses, unknown, now);
  return {
    code: exitCode(statuses, unknown),
    lines: summaryLines(sorted, unknown, now),
    values: {
      ...fleetValues(statuses, unknown),
      findings: sorted.flatMap(findingsOf).slice(0, MAX_FINDINGS),
    },
  };
}

/** Findings that a webhook gets. */
const MAX_FINDINGS = 200;

function show(
  { output }: Session,
  statuses: readonly HostStatus[],
  unknown: readonly Stranger[],
  now: Date,
): void {
  if (output.json) {
    for (const it of statuses) output.data("", statusRecord(it));
    for (const { name, place } of unknown) {
      output.data("", { event: "stranger", host: printable(name), store: place });
    }
    return output.data("", fleetRecord(statuses, unknown, now));
  }
  if (output.quiet) {
    const isGood = exitCode(statuses, unknown) === EXIT.DONE;
    return isGood ? undefined : output.data(summaryLines(statuses, unknown, now), {});
  }
  for (const line of [headline(statuses, unknown, now), "", ...statusLines(statuses, now)]) {
    output.data(line, {});
  }
  for (const { name, place } of unknown) {
    output.warn(`${place} holds snapshots of "${printable(name)}", which your config does not name`);
  }
}

/** Returns the worst exit code. Damage outranks a host that could not be checked. */
function exitCode(statuses: readonly HostStatus[], unknown: readonly Stranger[]): ExitCode {
  if (statuses.some(isDamaged)) return EXIT.DAMAGE;
  if (statuses.some(({ state }) => state === "unknown")) return EXIT.FAILED;
  return unknown.length > 0 || statuses.some(({ state }) => state !== "good") ? EXIT.LATE : EXIT.DONE;
}

/** Loads the renderer only if a page is written, because it is slow to load. */
async function writePages(
  directory: string,
  statuses: readonly HostStatus[],
  unknown: readonly Stranger[],
  now: Date,
): Promise<void> {
  const { fleetPages } = await import("../../status/page/pages.ts");
  makeDirectory(directory);
  for (const [name, text] of fleetPages(statuses, unknown, now)) write(`${directory}/${name}`, text);
}

function makeDirectory(directory: string): void {
  try {
    Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new Failure(`Cannot create the directory "${directory}": ${reason(error)}`, { cause: error });
  }
}

function write(file: string, text: string): void {
  try {
    replaceFile(file, text, 0o644);
  } catch (error) {
    throw new Failure(`Cannot write "${file}": ${reason(error)}`, {
      hint: `Its directory must exist: \`mkdir -p ${shellWord(dirname(file))}\``,
      cause: error,
    });
  }
}
