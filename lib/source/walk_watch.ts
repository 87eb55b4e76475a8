import type { Directories } from "./directories.ts";
import type { LinkSpill } from "./links.ts";
import type { OwnDirectories, OwnDirectory } from "./own.ts";

/** Callbacks of a walk, and the directories of nightdrop that it leaves out. */
export interface WalkWatch {
  /** Stores files with several names that do not fit into memory. The walk disposes of it. */
  readonly spill?: LinkSpill;
  /**
   * Directories that another thread reads ahead of the walk; without it, the walk reads them itself. The thread starts only if the caller
   * pauses at gaps. The walk disposes of it.
   */
  readonly ahead?: Directories | undefined;
  /** Directories that are left out unless they are declared themselves. */
  readonly own?: OwnDirectories;
  /** Called with each of these directories that the walk leaves out. */
  readonly leftOut?: (own: OwnDirectory, path: string) => void;
  /** Called with each path that a pattern leaves out. */
  readonly excluded?: (path: string, directory: boolean) => void;
  /** Called with each marker that excludes its directory. */
  readonly marked?: (marker: string) => void;
  /** Called with each declared directory when the walk has visited everything below it. */
  readonly passed?: (tree: WalkedTree) => void;
}

/** Declared directory that was walked. */
export interface WalkedTree {
  readonly path: string;
  readonly dev: number;
  /**
   * Mounts in the directory, first itself, each with the number of entries below it that are on the same
   * mount.
   */
  readonly mounts: readonly { readonly path: string; readonly entries: number }[];
}
