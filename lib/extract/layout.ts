import type { Entry } from "../model/entry.ts";
import { parentOf } from "./path.ts";

/** Stage for the entries below a directory of the target on which something is mounted. */
export interface MountStage {
  /** Path of the directory, relative to the target. */
  readonly path: string;
  /** Absolute path of the stage, which is in this directory. */
  readonly stage: string;
}

/**
 * Location of the staged entries of a restore. It is a plain object, so that it can be posted to a thread.
 */
export interface Layout {
  /** Absolute path of the stage. */
  readonly root: string;
  /**
   * Stages on other file systems, the deepest first: rename(2) does not move files from one mount to another.
   */
  readonly mounts: readonly MountStage[];
  /** Directory of the snapshot that becomes the target, such as `srv/www`; empty for its root. */
  readonly strip: string;
  /**
   * Paths that the target does not distinguish from those of other entries, with the paths that they get
   * instead.
   */
  readonly renamed: ReadonlyMap<string, string>;
  /** Whether the target treats different names as equal. */
  readonly foldsNames: boolean;
  /** Whether the target stores modes. exFAT and FAT accept chmod(2) and ignore it. */
  readonly keepsModes: boolean;
}

/**
 * Returns the layout of a single stage, for a target on one file system that distinguishes names and stores
 * modes.
 */
export function plainLayout(root: string): Layout {
  return { root, mounts: [], strip: "", renamed: new Map(), foldsNames: false, keepsModes: true };
}

/** Returns the absolute path of a staged path. */
export function placeIn({ root, mounts }: Layout, path: string): string {
  for (const mount of mounts) {
    const { length } = mount.path;
    if (path[length] === "/" && path.startsWith(mount.path)) return mount.stage + path.slice(length);
  }
  return `${root}/${path}`;
}

/** Returns an entry with the paths under which it is staged. */
export function stagedEntry(layout: Layout, entry: Entry): Entry {
  if (layout.strip === "" && layout.renamed.size === 0) return entry;
  const path = stagedPath(layout, entry.path);
  return entry.type === "hardlink"
    ? { ...entry, path, link: stagedPath(layout, entry.link!) }
    : { ...entry, path };
}

/** Whether a path of the snapshot is below the directory that becomes the target. */
export function isBelow(strip: string, path: string): boolean {
  return strip === "" || (path[strip.length] === "/" && path.startsWith(strip));
}

/** Returns a path of the snapshot, relative to the directory that becomes the target. */
export function strippedPath({ strip }: Layout, path: string): string {
  return strip === "" ? path : path.slice(strip.length + 1);
}

/** Returns the path under which a path of the snapshot is staged. */
export function stagedPath(layout: Layout, path: string): string {
  const { renamed } = layout;
  const stripped = strippedPath(layout, path);
  if (renamed.size === 0) return stripped;
  for (let above = stripped; above !== ""; above = parentOf(above)) {
    const other = renamed.get(above);
    if (other !== undefined) return other + stripped.slice(above.length);
  }
  return stripped;
}

/** Maximum number of marked names that are tried for a path. */
const MAX_MARKS = 9;

/** Maximum number of paths that get a marked name. Others are lost. */
export const MAX_RENAMED = 10_000;

/** Yields the marked names for a path whose name is taken, in the order in which they are tried. */
export function* markedPaths(path: string): Generator<string> {
  for (let number = 1; number <= MAX_MARKS; number++) yield `${path}~nightdrop-${number}`;
}
