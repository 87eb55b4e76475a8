import type { Trouble } from "../model/trouble.ts";

/** Event that a running operation reports. The command line prints events as lines. */
export type Event =
  /** Problem with one path of the source tree. */
  | ({ readonly event: "trouble" } & Trouble)
  /** Warning: the owner should act on it, but the operation continues. */
  | { readonly event: "warning"; readonly text: string }
  /** Line of output of a hook or dump; `from` is its name. */
  | { readonly event: "output"; readonly from: string; readonly text: string }
  /** Note for information. */
  | { readonly event: "note"; readonly text: string }
  | Progress;

/** Progress of an operation. */
export interface Progress {
  /** Kind of the event. */
  readonly event: "progress";
  /** Number of entries so far. */
  readonly entries: number;
  /** Bytes of file content read or written so far. */
  readonly bytes: number;
}

/** Callback for events. It is called in the order in which they happen. */
export type Report = (event: Event) => void;

/**
 * Context of an operation: its reporter, its abort signal and its clock.
 *
 * @example
 * ```ts
 * import type { Run } from "nightdrop";
 *
 * const run: Run = {
 *   report: (event) => console.error(event),
 *   signal: AbortSignal.timeout(6 * 3_600_000),
 *   now: () => new Date(),
 * };
 * ```
 */
export interface Run {
  /** Called for each event. */
  readonly report: Report;
  /** Aborts the operation, which then throws the reason of the signal. */
  readonly signal: AbortSignal;
  /** Returns the current time. */
  readonly now: () => Date;
}
