import type { Losses } from "./losses.ts";

/** An entry that was not restored, while others were. */
export interface LostEntry {
  readonly path: string;
  /** Bytes of content. */
  readonly size: number;
  /** Why, in words. */
  readonly reason: string;
}

/** What became of the files that were wanted of a volume. */
export interface MadeFiles {
  /** What could not be kept of those that were made. */
  readonly losses: Losses;
  /** Files that the target refused, and perhaps no others. */
  readonly lost: readonly LostEntry[];
}
