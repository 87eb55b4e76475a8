import { type Losses, noLosses } from "./losses.ts";

/** An entry that was not restored, while others were. */
export interface LostEntry {
  readonly path: string;
  /** Bytes of content. */
  readonly size: number;
  /** Why, in words. */
  readonly reason: string;
}

/** An entry that was restored under another name. */
export interface RenamedEntry {
  readonly path: string;
  /** The path that it got. */
  readonly staged: string;
}

/** What became of the files that were wanted of a volume, or checked in it. */
export interface MadeFiles {
  /** What could not be kept of those that were made. */
  readonly losses: Losses;
  /** Files that the target refused or whose content is damaged, and perhaps no others. */
  readonly lost: readonly LostEntry[];
  /** Files whose names were taken, with the paths that they are staged by. */
  readonly renamed: readonly RenamedEntry[];
}

/** Returns what becomes of no files. */
export function nothingMade(): MadeFiles {
  return { losses: noLosses(), lost: [], renamed: [] };
}
