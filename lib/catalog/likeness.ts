import type { Entry, EntryType } from "../model/entry.ts";

/** An entry as the walk met it: what of it tells whether it is still what was sent. */
export interface Walked extends Entry {
  /** Its inode. */
  readonly ino: number;
  /** Time of the last change of content or attributes, in milliseconds. */
  readonly ctime: number;
  /** How many names it has. */
  readonly nlink: number;
}

/** What stands for an entry that is never taken for unchanged. */
export const UNLIKE = "";

const LETTER: Readonly<Record<EntryType, string>> = {
  file: "f",
  directory: "d",
  symlink: "s",
  hardlink: "h",
  fifo: "p",
  char: "c",
  block: "b",
};

/**
 * A text that is the same for two entries of one path if and only if nothing about them has changed.
 *
 * @param inode whether inodes say anything: some file systems make them up anew each time they are mounted.
 */
export function likeness(entry: Walked, inode: boolean): string {
  const { type, size, mtime, ctime, ino, mode, uid, gid, user, group, device, link } = entry;
  const numbers = `${size}.${mtime}.${ctime}.${inode ? ino : 0}.${mode}.${uid}.${gid}`;
  const numbered = device === undefined ? numbers : `${numbers}.${device.major}.${device.minor}`;
  // A link may hold any character, so it comes last; names of owners are fields of passwd(5), which ":" separates.
  return `${LETTER[type]}${numbered}:${user}:${group}:${link ?? ""}`;
}

/**
 * How close to its reading a change can have been and not show: the clock of file systems ticks, FAT's every two
 * seconds; and Deno 2.9.6 cuts a ctime to whole seconds.
 */
const GRANULARITY = 3000;

/** Times of one run, in milliseconds by the host's clock: before anything was looked at, and after all was read. */
export interface Reading {
  readonly from: number;
  readonly to: number;
}

/** Whether an entry may have changed after it was looked at without its times telling. */
export function isRacy({ mtime, ctime }: Walked, { from, to }: Reading): boolean {
  return [mtime, ctime].some((time) => time >= from - GRANULARITY && time <= to + GRANULARITY);
}
