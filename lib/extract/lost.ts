import { type Losses, noLosses } from "./losses.ts";
import { shown } from "./path.ts";

/** Entry that was not restored, while others were. */
export interface LostEntry {
  readonly path: string;
  /** Size of the content in bytes. */
  readonly size: number;
  /** Reason in words. */
  readonly reason: string;
}

/** Entry that was restored under another name. */
export interface RenamedEntry {
  readonly path: string;
  /** Path that it got. */
  readonly staged: string;
}

/** Result of creating, or checking, the selected files of a volume. */
export interface MadeFiles {
  /** Losses of the files that were created. */
  readonly losses: Losses;
  /** Files that are damaged, or that the target refused although it may accept others. */
  readonly lost: readonly LostEntry[];
  /** Files whose names were taken, with the paths under which they are staged. */
  readonly renamed: readonly RenamedEntry[];
}

/** Returns the result for no files. */
export function nothingMade(): MadeFiles {
  return { losses: noLosses(), lost: [], renamed: [] };
}

/** Returns the reason why an entry has another name in the target. */
export function renamedTo(staged: string): string {
  return `the target takes its name for that of another entry: it is restored as "${shown(staged)}"`;
}
