import type { Trouble } from "../model/trouble.ts";

/** What a verb tells while it runs. The command line turns it into lines, a library's user into what he likes. */
export type Event =
  /** Something about one path of the source tree. */
  | ({ readonly event: "trouble" } & Trouble)
  /** Something the owner should act upon one day. */
  | { readonly event: "warning"; readonly text: string }
  /** A line that a program said which the config names: a hook or a dump. */
  | { readonly event: "output"; readonly from: string; readonly text: string }
  /** Something worth knowing. */
  | { readonly event: "note"; readonly text: string }
  | Progress;

/** How far a run is. */
export interface Progress {
  /** What tells it from other events. */
  readonly event: "progress";
  /** Entries so far. */
  readonly entries: number;
  /** Bytes of content read or written so far. */
  readonly bytes: number;
}

/** Takes each event as it happens. */
export type Report = (event: Event) => void;

/** What every verb takes: where to tell, and when to stop. */
export interface Run {
  /** Where to tell. */
  readonly report: Report;
  /** When to stop. */
  readonly signal: AbortSignal;
  /** The clock. */
  readonly now: () => Date;
}
