/**
 * Metrics file for the textfile collector of Prometheus' node exporter, in the text exposition format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). A failed run copies the values of the last snapshot
 * from the previous file.
 *
 * @module
 */
import { dirname } from "node:path/posix";
import { readPlainFile } from "../disk/read_plain_file.ts";
import { replaceFile } from "../disk/replace.ts";
import { foreignLink } from "../disk/trust.ts";
import { Failure, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { exposition, type Metric, type Sample } from "./exposition.ts";

/** Metrics of every run. */
export interface RunMetrics {
  readonly ended: Date;
  readonly seconds: number;
  readonly exitCode: number;
  readonly warnings: number;
  /** Whether output was lost. */
  readonly outputLost: boolean;
}

/** Metrics of a run that stored a snapshot. */
export interface SnapshotMetrics {
  readonly entries: number;
  readonly bytes: number;
  readonly stored: number;
  readonly objects: number;
  readonly unread: number;
}

/** Metrics of a key that backups are encrypted to. */
export interface KeyMetrics {
  readonly fingerprint: string;
  readonly created: Date;
  readonly expires: Date | undefined;
}

/** Metrics of a host. */
export interface HostMetrics {
  readonly host: string;
  readonly run: RunMetrics;
  /** Undefined if no snapshot was stored. */
  readonly snapshot: SnapshotMetrics | undefined;
  readonly keys: readonly KeyMetrics[];
}

/** Maximum size of a previous file. A host's metrics need far less. */
const MAX_BYTES = 1024 * 1024;

/**
 * Replaces the file atomically. The directory often belongs to the collector's user, who can put anything there: links
 * are not followed, pipes are not opened, and old content is not trusted.
 *
 * @throws {Failure} if the file cannot be written.
 */
export function writeTextfile(file: string, metrics: HostMetrics): void {
  const link = foreignLink(dirname(file));
  if (link !== undefined) {
    throw new Failure(`Cannot write the metrics to "${file}": another user created the link "${link}"`, {
      hint: "Set `notify.textfile` to a path without that link",
    });
  }
  try {
    // The collector runs as another user, so the file is readable for all.
    replaceFile(file, textfile(metrics, readPlainFile(file, MAX_BYTES) ?? ""), 0o644);
  } catch (error) {
    throw new Failure(`Cannot write the metrics to "${file}": ${reason(error)}`, {
      hint: `Create its directory: mkdir -p ${shellWord(dirname(file))}`,
      cause: error,
    });
  }
}

/**
 * Returns the text of the file. Long because it lists all metrics.
 *
 * @param before Text of the file that it replaces, or empty.
 */
export function textfile({ host, run, snapshot, keys }: HostMetrics, before: string): string {
  const kept = keptValues(before, host);
  const one = (name: string, help: string, value: number | undefined): Metric => ({
    name: `nightdrop_${name}`,
    help,
    samples: value === undefined ? [] : [{ labels: { host }, value }],
  });
  /** Returns a metric of the last snapshot or success, which may be from an earlier run. */
  const last = (name: string, help: string, value: number | undefined): Metric =>
    one(name, help, value ?? kept.get(`nightdrop_${name}`));
  const ended = run.ended.getTime() / 1000;
  const metrics = [
    one("last_run_timestamp_seconds", "When the last run ended, with any result.", ended),
    one("last_run_duration_seconds", "How long the last run took.", run.seconds),
    one("last_run_exit_code", "Exit code of the last run: 0 is a complete backup.", run.exitCode),
    one("last_run_warnings", "Warnings of the last run.", run.warnings),
    one(
      "last_run_output_lost",
      "Whether output of the last run could not be written.",
      Number(run.outputLost),
    ),
    last(
      "last_success_timestamp_seconds",
      "When the last complete backup ended.",
      run.exitCode === 0 ? ended : undefined,
    ),
    last("last_snapshot_timestamp_seconds", "When the last snapshot was stored.", snapshot && ended),
    last("last_snapshot_entries", "Entries in the last snapshot.", snapshot?.entries),
    last("last_snapshot_content_bytes", "Bytes of file content in the last snapshot.", snapshot?.bytes),
    last("last_snapshot_stored_bytes", "Bytes that the last snapshot stored.", snapshot?.stored),
    last("last_snapshot_objects", "Objects that the last snapshot stored.", snapshot?.objects),
    last("last_snapshot_unread", "Paths that the last snapshot could not read.", snapshot?.unread),
    ofKeys(
      "created",
      "When a key that backups are encrypted to was created.",
      host,
      keys,
      ({ created }) => created,
    ),
    ofKeys(
      "expiry",
      "When a key that backups are encrypted to expires.",
      host,
      keys,
      ({ expires }) => expires,
    ),
  ];
  return exposition(metrics);
}

function ofKeys(
  what: string,
  help: string,
  host: string,
  keys: readonly KeyMetrics[],
  time: (key: KeyMetrics) => Date | undefined,
): Metric {
  const samples = keys.flatMap((key): Sample[] => {
    const value = time(key);
    return value === undefined
      ? []
      : [{ labels: { host, fingerprint: key.fingerprint }, value: value.getTime() / 1000 }];
  });
  return { name: `nightdrop_recipient_key_${what}_timestamp_seconds`, help, samples };
}

/** Returns the values of one host from a file that {@link textfile} wrote. Other lines are ignored. */
function keptValues(text: string, host: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, name, of, value] = /^(nightdrop_last_\w+)\{host="([^"]*)"\} (\d+(?:\.\d+)?)$/.exec(line) ?? [];
    if (name !== undefined && of === host) values.set(name, Number(value));
  }
  return values;
}
