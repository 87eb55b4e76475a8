import { type AheadOrder, walkAhead } from "../source/ahead.ts";
import type { Job } from "../workers/protocol.ts";

/** Job of a thread: see {@linkcode walkAhead}. */
export const WALK_AHEAD: Job<AheadOrder, never, never, void> = {
  name: "walk-ahead",
  work: (order) => Promise.resolve(walkAhead(order)),
};
