/**
 * A file for the textfile collector of Prometheus' node exporter, in the text exposition format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). The file is its own memory: what a run that failed
 * cannot know of the last snapshot is taken over from the file before.
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

/** What all runs have. */
export interface RunFigures {
  readonly ended: Date;
  readonly seconds: number;
  readonly exitCode: number;
  readonly warnings: number;
  /** Whether some of its output could not be written. */
  readonly outputLost: boolean;
}

/** What a run has that stored something. */
export interface SnapshotFigures {
  readonly entries: number;
  readonly bytes: number;
  readonly stored: number;
  readonly objects: number;
  readonly unread: number;
}

/** A key that backups are sealed to. */
export interface KeyFigures {
  readonly fingerprint: string;
  readonly created: Date;
  readonly expires: Date | undefined;
}

/** What the file tells. */
export interface Figures {
  readonly host: string;
  readonly run: RunFigures;
  /** Undefined where none was stored. */
  readonly snapshot: SnapshotFigures | undefined;
  readonly keys: readonly KeyFigures[];
}

/** Far more than the figures of a host need. */
const MAX_BYTES = 1024 * 1024;

/**
 * Replaces the file in one step: a collector that comes in between reads the old one. The directory is often that of the
 * collector's user, who can put anything there: nothing there is followed, waited for or trusted to be what it was.
 *
 * @throws {Failure} when it cannot be written.
 */
export function writeTextfile(file: string, figures: Figures): void {
  const link = foreignLink(dirname(file));
  if (link !== undefined) {
    throw new Failure(`Cannot write the figures to "${file}": another user made the link "${link}"`, {
      hint: "Set `notify.textfile` to a path without that link",
    });
  }
  try {
    // The collector is another user, so all may read it.
    replaceFile(file, textfile(figures, readPlainFile(file, MAX_BYTES) ?? ""), 0o644);
  } catch (error) {
    throw new Failure(`Cannot write the figures to "${file}": ${reason(error)}`, {
      hint: `Its directory must exist and be writable: mkdir -p ${shellWord(dirname(file))}`,
      cause: error,
    });
  }
}

/** The text of the file; `before` is the one it replaces, or empty. */
export function textfile({ host, run, snapshot, keys }: Figures, before: string): string {
  const kept = keptValues(before, host);
  const one = (name: string, help: string, value: number | undefined): Metric => ({
    name: `nightdrop_${name}`,
    help,
    samples: value === undefined ? [] : [{ labels: { host }, value }],
  });
  /** Of the last snapshot or success there was, which may be that of an earlier run. */
  const last = (name: string, help: string, value: number | undefined): Metric =>
    one(name, help, value ?? kept.get(`nightdrop_${name}`));
  const ended = run.ended.getTime() / 1000;
  const metrics = [
    one("last_run_timestamp_seconds", "When the last run ended, whatever came of it.", ended),
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
    last("last_snapshot_unread", "Things that the last snapshot could not read.", snapshot?.unread),
    ofKeys(
      "created",
      "When a key that backups are sealed to was made.",
      host,
      keys,
      ({ created }) => created,
    ),
    ofKeys("expiry", "When a key that backups are sealed to expires.", host, keys, ({ expires }) => expires),
  ];
  return exposition(metrics);
}

function ofKeys(
  what: string,
  help: string,
  host: string,
  keys: readonly KeyFigures[],
  time: (key: KeyFigures) => Date | undefined,
): Metric {
  const samples = keys.flatMap((key): Sample[] => {
    const value = time(key);
    return value === undefined
      ? []
      : [{ labels: { host, fingerprint: key.fingerprint }, value: value.getTime() / 1000 }];
  });
  return { name: `nightdrop_recipient_key_${what}_timestamp_seconds`, help, samples };
}

/** The values of one host in a file that {@link textfile} wrote; what is not of that form is passed over. */
function keptValues(text: string, host: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, name, of, value] = /^(nightdrop_last_\w+)\{host="([^"]*)"\} (\d+(?:\.\d+)?)$/.exec(line) ?? [];
    if (name !== undefined && of === host) values.set(name, Number(value));
  }
  return values;
}
