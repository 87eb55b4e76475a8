import type { BackupResult } from "./backup.ts";
import { EXIT, exitCodeOf } from "../model/exit.ts";
import { Interrupted, reason } from "../model/failure.ts";
import { oneLine } from "../model/printable.ts";

/** Outcome of a backup, good or bad. */
export interface End {
  /** Name of the host. */
  readonly host: string;
  /** `incomplete`: a snapshot was stored, but something could not be read. */
  readonly result: "complete" | "incomplete" | "failed" | "interrupted";
  /** Exit code of the process. */
  readonly exitCode: number;
  /** When it began. */
  readonly started: Date;
  /** When it ended. */
  readonly ended: Date;
  /** How many warnings it gave. */
  readonly warnings: number;
  /** Why output of the run is lost, a full disk for example; undefined where none is. */
  readonly outputLost: string | undefined;
  /** The result, if a snapshot was stored. */
  readonly stored: BackupResult | undefined;
  /** Why nothing was. */
  readonly error: unknown;
}

/** Facts of a run that do not depend on its outcome. */
export type Frame = Pick<End, "host" | "started" | "ended" | "warnings" | "outputLost">;

/** The end of a backup that stored a snapshot. */
export function storedEnd(frame: Frame, stored: BackupResult): End {
  const complete = stored.unread === 0;
  return {
    ...frame,
    result: complete ? "complete" : "incomplete",
    exitCode: complete ? EXIT.DONE : EXIT.INCOMPLETE,
    stored,
    error: undefined,
  };
}

/** The end of a backup that stored none. */
export function failedEnd(frame: Frame, error: unknown): End {
  const result = error instanceof Interrupted ? "interrupted" : "failed";
  return { ...frame, result, exitCode: exitCodeOf(error), stored: undefined, error };
}

/** How long it took. */
export function seconds({ started, ended }: End): number {
  return (ended.getTime() - started.getTime()) / 1000;
}

/** The figures of an end as hooks, webhooks and pings give them: no name of a file, nothing out of one. */
export function figures(end: End): Record<string, string | number> {
  const { stored, error, outputLost } = end;
  return {
    result: end.result,
    exitCode: end.exitCode,
    seconds: seconds(end),
    warnings: end.warnings,
    ...(stored && {
      snapshot: stored.snapshot,
      entries: stored.entries,
      bytes: stored.bytes,
      stored: stored.stored,
      objects: stored.objects,
      unread: stored.unread,
    }),
    ...(outputLost === undefined ? {} : { outputLost: oneLine(outputLost) }),
    ...(error === undefined ? {} : { error: oneLine(reason(error)) }),
  };
}
