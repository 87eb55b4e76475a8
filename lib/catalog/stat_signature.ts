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
  const mark = signature.startsWith(MARKS.all) ? "all" : signature.startsWith(MARKS.some) ? "some" : "none";
  const isSame = fits(signature, MARKS[mark].length, entry, trust) ||
    signature === statSignature(entry, trust, mark);
  return isSame ? mark : undefined;
}

const [DOT, ZERO, NINE, COLON] = [0x2e, 0x30, 0x39, 0x3a];

/**
 * Whether a signature, from `start` on, is what {@linkcode statSignature} returns. It is not created, which would take a
 * kilobyte for each unchanged entry. False as well for devices, and numbers beyond those that an entry has in general.
 */
function fits(signature: string, start: number, entry: Walked, trust: Trust): boolean {
  if (entry.device !== undefined || signature[start] !== LETTER[entry.type]) return false;
  let at = afterNumber(signature, start + 1, entry.size, DOT);
  at = afterNumber(signature, at, entry.mtime, DOT);
  at = afterNumber(signature, at, trust.ctime ? entry.ctime : 0, DOT);
  at = afterNumber(signature, at, trust.inode ? entry.ino : 0, DOT);
  at = afterNumber(signature, at, entry.statMode ?? entry.mode, DOT);
  at = afterNumber(signature, at, entry.uid, DOT);
  at = afterNumber(signature, at, entry.gid, COLON);
  at = afterText(signature, at, entry.user);
  at = afterText(signature, at, entry.group);
  const { link = "" } = entry;
  return at > 0 && signature.length === at + link.length && signature.endsWith(link);
}

/** Returns the position after a number from `start` on, and after the character `end`. 0 if they are not there, or `start` is 0. */
function afterNumber(text: string, start: number, value: number, end: number): number {
  let [at, read] = [start, 0];
  let unit = text.charCodeAt(at);
  for (; unit >= ZERO && unit <= NINE; unit = text.charCodeAt(++at)) read = read * 10 + unit - ZERO;
  const isSame = at > start && read === value && value <= Number.MAX_SAFE_INTEGER && unit === end;
  return start > 0 && isSame ? at + 1 : 0;
}

/** Returns the position after a text from `start` on, and after a colon. 0 if they are not there, or `start` is 0. */
function afterText(text: string, start: number, value: string): number {
  const end = start + value.length;
  return start > 0 && text.startsWith(value, start) && text.charCodeAt(end) === COLON ? end + 1 : 0;
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
