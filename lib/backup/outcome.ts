import type { BackupResult } from "./backup.ts";
import { EXIT, exitCodeOf } from "../model/exit.ts";
import { Interrupted, reason } from "../model/failure.ts";
import { oneLine } from "../model/printable.ts";

/** Outcome of a backup. */
export interface BackupOutcome {
  /** Name of the host. */
  readonly host: string;
  /** `incomplete`: a snapshot was stored, but something could not be read. */
  readonly result: "complete" | "incomplete" | "failed" | "interrupted";
  /** Exit code of the process. */
  readonly exitCode: number;
  /** Time at which it began. */
  readonly started: Date;
  /** Time at which it ended. */
  readonly ended: Date;
  /** Number of its warnings. */
  readonly warnings: number;
  /** Reason why output of the run was lost, such as a full disk; undefined if none was. */
  readonly outputLost: string | undefined;
  /** Result, if a snapshot was stored. */
  readonly stored: BackupResult | undefined;
  /** Error, if no snapshot was stored. */
  readonly error: unknown;
}

/** Facts of a run that do not depend on its outcome. */
export type RunFacts = Pick<BackupOutcome, "host" | "started" | "ended" | "warnings" | "outputLost">;

/** Returns the outcome of a backup that stored a snapshot. */
export function storedOutcome(frame: RunFacts, stored: BackupResult): BackupOutcome {
  const complete = stored.unread === 0;
  return {
    ...frame,
    result: complete ? "complete" : "incomplete",
    exitCode: complete ? EXIT.DONE : EXIT.INCOMPLETE,
    stored,
    error: undefined,
  };
}

/** Returns the outcome of a backup that stored no snapshot. */
export function failedOutcome(frame: RunFacts, error: unknown): BackupOutcome {
  const result = error instanceof Interrupted ? "interrupted" : "failed";
  return { ...frame, result, exitCode: exitCodeOf(error), stored: undefined, error };
}

/** Returns the duration in seconds. */
export function seconds({ started, ended }: BackupOutcome): number {
  return (ended.getTime() - started.getTime()) / 1000;
}

/**
 * Returns the facts about an outcome for hooks, webhooks and pings. They contain no file names and no file
 * content.
 */
export function outcomeFields(outcome: BackupOutcome): Record<string, string | number> {
  const { stored, error, outputLost } = outcome;
  return {
    result: outcome.result,
    exitCode: outcome.exitCode,
    seconds: seconds(outcome),
    warnings: outcome.warnings,
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
