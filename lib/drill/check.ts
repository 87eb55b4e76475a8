import { Damage, type Failure, withHint } from "../model/failure.ts";
import type { Draw } from "./sample.ts";

/**
 * State of a check. Only `ok` is a pass: a check that could not run says nothing about the backup.
 *
 * - `ok`: the restored entry equals the signed index, or the dump passed its check.
 * - `failed`: it is damaged, missing or differs from the index, or the dump did not pass.
 * - `not run`: the store, this machine or a key prevented the check.
 */
export type CheckState = "ok" | "failed" | "not run";

/** Subject of a check. */
export type Subject = "receipt" | "index" | "entry" | "dump";

/** One check of a drill. */
export interface Check {
  /** Snapshot that was checked; undefined if there is none. */
  readonly snapshot?: string | undefined;
  /** Subject of the check. */
  readonly subject: Subject;
  /** Path of the entry or of the dump, as `files` prints it without escapes. */
  readonly path?: string | undefined;
  /** Reason why the entry is in the sample. */
  readonly draw?: Draw | undefined;
  /** Its result. */
  readonly state: CheckState;
  /** Reason why it is not `ok`, or output of the check of a dump. */
  readonly reason?: string | undefined;
}

/** Returns the state of a check that threw an error: only damage is a finding about the backup. */
export function outcomeOf(error: Failure): Required<Pick<Check, "state" | "reason">> {
  return { state: error instanceof Damage ? "failed" : "not run", reason: withHint(error) };
}

/** Returns the worst state: a failed check outranks one that could not run. Without any check nothing has run. */
export function worstState(states: readonly CheckState[]): CheckState {
  if (states.length === 0) return "not run";
  return (["failed", "not run"] as const).find((it) => states.includes(it)) ?? "ok";
}
