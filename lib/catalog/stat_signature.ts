import type { Entry, EntryType } from "../model/entry.ts";
import type { Trust } from "../model/trust.ts";

/** Entry as the walk met it, with what shows whether it has changed. */
export interface Walked extends Entry {
  /** Its inode. */
  readonly ino: number;
  /** Time of the last change of content or attributes, in milliseconds. */
  readonly ctime: number;
  /** How many names it has. */
  readonly nlink: number;
  /** How far its attributes have been read; undefined: not at all. */
  readonly attributeStatus?: "all" | "some" | undefined;
  /** Its mode, where `mode` is not the one that `stat` shows. */
  readonly statMode?: number;
}

/** Signature of an entry that is never unchanged. */
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

/** What the text for an entry begins with, by how far its attributes were read when it was sent. */
const MARKS = { all: "+", some: "~", none: "" } as const;

/** How far the attributes of what was sent have been read. */
export type Mark = keyof typeof MARKS;

/** How far attributes were read of what is an entry by its likeness; undefined where that is of another entry. */
export function markOf(likeness: string, entry: Walked, trust: Trust): Mark | undefined {
  if (likeness === statSignature(entry, trust, "all")) return "all";
  if (likeness === UNLIKE) return undefined;
  const mark = likeness.startsWith(MARKS.some) ? "some" : "none";
  return likeness === statSignature(entry, trust, mark) ? mark : undefined;
}

/** A text that is the same for two entries of one path if and only if nothing that is trusted about them has changed. */
export function statSignature(entry: Walked, trust: Trust, mark: Mark): string {
  const { type, size, mtime, ctime, ino, statMode, uid, gid, user, group, device, link } = entry;
  const mode = statMode ?? entry.mode;
  const marks = `${trust.ctime ? ctime : 0}.${trust.inode ? ino : 0}`;
  const numbers = `${size}.${mtime}.${marks}.${mode}.${uid}.${gid}`;
  const numbered = device === undefined ? numbers : `${numbers}.${device.major}.${device.minor}`;
  // A link may hold any character, so it comes last; names of owners are fields of passwd(5), which ":" separates.
  return `${MARKS[mark]}${LETTER[type]}${numbered}:${user}:${group}:${link ?? ""}`;
}

/**
 * How close to its reading a change can have been and not show: the clock of file systems ticks, FAT's every two
 * seconds; and Deno 2.9.6 cuts a ctime to whole seconds.
 */
const GRANULARITY = 3000;

/**
 * For how long a file that is mapped into memory can change without a sign. The first write to a page sets the times, further
 * ones do not until the page was written to its disk: after dirty_expire_centisecs (30 s) and dirty_writeback_centisecs (5 s)
 * of Linux's sysctl/vm.txt. A file system in memory never does that, nor does one whose disk is overloaded.
 */
const WRITEBACK = 37_000;

/** Times of one run, in milliseconds by the host's clock: before anything was looked at, and after all was read. */
export interface Reading {
  readonly from: number;
  readonly to: number;
}

/** Whether an entry may have changed after it was looked at without its times telling, as far as they are trusted. */
export function isRacy({ type, mtime, ctime }: Walked, { from, to }: Reading, trust: Trust): boolean {
  // Nothing can set a ctime back, so it is never earlier than a write.
  const changed = trust.ctime ? ctime : mtime;
  const mapped = type === "file" ? WRITEBACK : 0;
  const isWithin = (time: number, span: number): boolean => time >= from - span && time <= to + GRANULARITY;
  return isWithin(mtime, GRANULARITY) || isWithin(changed, GRANULARITY + mapped);
}
