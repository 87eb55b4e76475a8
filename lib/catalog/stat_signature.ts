import type { Entry, EntryType } from "../model/entry.ts";
import type { Trust } from "../model/trust.ts";

/** Entry of the walk, with the properties that show whether it has changed. */
export interface Walked extends Entry {
  /** Inode number. */
  readonly ino: number;
  /** Time of the last change of content or attributes, in milliseconds. */
  readonly ctime: number;
  /** Number of names (hard links). */
  readonly nlink: number;
  /** Completeness of the attributes that were read; undefined if they were not read. */
  readonly attributeStatus?: "all" | "some" | undefined;
  /** Mode that `stat` shows, if `mode` differs from it. */
  readonly statMode?: number;
}

/** Signature of an entry that always counts as changed. */
export const ALWAYS_CHANGED = "";

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
 * Beginning of a signature, by the completeness of the attributes that were read when the entry was sent.
 */
const MARKS = { all: "+", some: "~", none: "" } as const;

/** Completeness of the attributes of an entry that was sent. */
export type Mark = keyof typeof MARKS;

/**
 * Returns the completeness of the attributes, from the signature of an entry that was sent; undefined if the
 * entry differs from it.
 */
export function markOf(signature: string, entry: Walked, trust: Trust): Mark | undefined {
  if (signature === statSignature(entry, trust, "all")) return "all";
  if (signature === ALWAYS_CHANGED) return undefined;
  const mark = signature.startsWith(MARKS.some) ? "some" : "none";
  return signature === statSignature(entry, trust, mark) ? mark : undefined;
}

/**
 * Returns the signature of an entry: a text that is equal for two entries of one path if and only if all
 * their trusted properties are equal.
 */
export function statSignature(entry: Walked, trust: Trust, mark: Mark): string {
  const { type, size, mtime, ctime, ino, statMode, uid, gid, user, group, device, link } = entry;
  const mode = statMode ?? entry.mode;
  const marks = `${trust.ctime ? ctime : 0}.${trust.inode ? ino : 0}`;
  const numbers = `${size}.${mtime}.${marks}.${mode}.${uid}.${gid}`;
  const numbered = device === undefined ? numbers : `${numbers}.${device.major}.${device.minor}`;
  // A link may contain any character, so it comes last. Names of owners are fields of passwd(5), which ":" separates.
  return `${MARKS[mark]}${LETTER[type]}${numbered}:${user}:${group}:${link ?? ""}`;
}

/**
 * Maximum milliseconds between a change and a read for which the change may not show: the clock of file
 * systems ticks (FAT's every two seconds), and Deno 2.9.6 cuts a ctime to whole seconds.
 */
const GRANULARITY = 3000;

/**
 * Milliseconds for which a file that is mapped into memory can change without a new time. The first write to
 * a page sets the times; further writes do not until the page was written to its disk: after
 * dirty_expire_centisecs (30 s) and dirty_writeback_centisecs (5 s) of Linux's sysctl/vm.txt. A file system
 * in memory never writes pages, nor does one with an overloaded disk.
 */
const WRITEBACK = 37_000;

/**
 * Times of one run, in milliseconds by the host's clock: before the first entry was inspected, and after the
 * last one was read.
 */
export interface Reading {
  readonly from: number;
  readonly to: number;
}

/** Whether an entry may have changed after it was inspected without a change of its trusted times. */
export function isRacy({ type, mtime, ctime }: Walked, { from, to }: Reading, trust: Trust): boolean {
  // A ctime cannot be set back, so it is never earlier than a write.
  const changed = trust.ctime ? ctime : mtime;
  const mapped = type === "file" ? WRITEBACK : 0;
  const isWithin = (time: number, span: number): boolean => time >= from - span && time <= to + GRANULARITY;
  return isWithin(mtime, GRANULARITY) || isWithin(changed, GRANULARITY + mapped);
}
