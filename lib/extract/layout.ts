import type { Entry } from "../model/entry.ts";
import { parentOf } from "./path.ts";

/** Stage of the entries that belong into a directory of the target on which something else is mounted. */
export interface MountStage {
  /** The directory, relative to the target. */
  readonly path: string;
  /** Absolute path of the stage, which is in that directory. */
  readonly stage: string;
}

/** Where a restore stages its entries. A plain object that can be posted to a thread. */
export interface Layout {
  /** Absolute path of the stage. */
  readonly root: string;
  /** Stages on other file systems, the deepest first: rename(2) does not move from one mount to another. */
  readonly mounts: readonly MountStage[];
  /** Directory of the snapshot that becomes the target, such as `srv/www`; empty for its root. */
  readonly strip: string;
  /** Paths that the target takes for those of other entries, with the paths that they get instead. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Whether the target takes different names for one. */
  readonly foldsNames: boolean;
  /** Whether the target keeps modes. exFAT and FAT accept a chmod and ignore it. */
  readonly keepsModes: boolean;
}

/** Returns the layout of one stage, for a target that is all one file system with names and modes of its own. */
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

/** Returns the entry with the paths that it is staged by. */
export function stagedEntry(layout: Layout, entry: Entry): Entry {
  if (layout.strip === "" && layout.renamed.size === 0) return entry;
  const path = stagedPath(layout, entry.path);
  return entry.type === "hardlink"
    ? { ...entry, path, link: stagedPath(layout, entry.link!) }
    : { ...entry, path };
}

/** Whether a path of the snapshot is in the directory that becomes the target. */
export function isBelow(strip: string, path: string): boolean {
  return strip === "" || (path[strip.length] === "/" && path.startsWith(strip));
}

/** Returns a path of the snapshot, relative to the directory that becomes the target. */
export function strippedPath({ strip }: Layout, path: string): string {
  return strip === "" ? path : path.slice(strip.length + 1);
}

/** Returns the path that a path of the snapshot is staged by. */
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

/** Tries of a marked name, and the most paths that get one: others are lost. */
const MAX_MARKS = 9;
export const MAX_RENAMED = 10_000;

/** Returns marked names for a path whose name is taken, in the order in which they are tried. */
export function* markedPaths(path: string): Generator<string> {
  for (let number = 1; number <= MAX_MARKS; number++) yield `${path}~nightdrop-${number}`;
}
