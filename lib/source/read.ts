import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { attributesOnly, hasAttributes } from "../model/attributes.ts";
import type { Entry } from "../model/entry.ts";
import type { ReportTrouble, Trouble } from "../model/trouble.ts";
import type { SourceEntry } from "./entry.ts";
import { isBusy, replaced, systemCodeOf, troubleOf, troubleSince, words } from "./trouble.ts";

/** Open file, whose content has exactly the size in its entry. */
export interface Content {
  /** File as it was when it was opened: a plain entry of type `file`. */
  readonly entry: Entry;
  /** Bytes that the file uses on its disk: fewer than its size if it has holes. */
  readonly allocated: number;
  /**
   * Reads the next bytes into the beginning of `into` and returns their number: 0 only at the end of the size in the entry.
   */
  read(into: Uint8Array): number;
  /**
   * Closes the file. If it was read in several pieces, reports whether it changed in the meantime. A file that was read in
   * one piece has the content of that moment, a few microseconds after its size and time were read.
   */
  close(): void;
}

// A fifo that took the file's place must not hold up the run. Under limited permissions Deno 2.9 resolves symlinks
// itself, which makes O_NOFOLLOW void: what counts is that the opened file is one that lstat knows by this name.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
const FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * Opens the file that `entry`, of type `file`, was created from.
 *
 * The size and time of this moment are used, not those of the walk. If the file has one name and was replaced by another
 * file of the same owner, the new file is read, and this is reported. Any other replacement is not read: it may lead to a
 * secret of another owner, or, if other names wait for the content of the old file, have other content.
 *
 * @param busy Called instead of `report` if a later attempt may succeed.
 * @returns undefined if the file cannot be read, which is reported as `vanished` or `unread`.
 */
export function openSource(
  entry: SourceEntry,
  report: ReportTrouble,
  busy?: () => void,
): Content | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = open(entry.file);
    const stat = fstatSync(descriptor);
    if (isUnchanged(stat, entry) || isNewVersion(stat, entry)) {
      if (!isSame(stat, entry)) report({ kind: "changed", path: entry.file, reason: REPLACED });
      return new FileContent(entry, descriptor, stat, report);
    }
    report(replaced(entry.file));
  } catch (error) {
    if (busy && isBusy(error)) busy();
    else report(troubleSince(entry.file, error, (now) => now.isFile));
  }
  if (descriptor !== undefined) closeSync(descriptor);
  return undefined;
}

/**
 * Opens `file` to find out whether it can be read. Returns the problem; undefined if there is none, or only for a moment:
 * opening a file begins to break a lease.
 */
export function troubleOpening(file: string): Trouble | undefined {
  try {
    closeSync(open(file));
    return undefined;
  } catch (error) {
    return isBusy(error) ? undefined : troubleOf(file, error);
  }
}

const REPLACED = "another file took its place before it was read, and was read instead";

function isUnchanged(stat: Stats, entry: SourceEntry): boolean {
  return stat.isFile() && isSame(stat, entry) && stat.uid === entry.uid && stat.size === entry.size &&
    time(stat.mtimeMs) === entry.mtime;
}

/**
 * Whether a walk would now find the opened file under the name of `entry`. The inode number alone proves little, because the
 * system reuses the number of a deleted file at once.
 */
function isNewVersion(stat: Stats, entry: SourceEntry): boolean {
  return stat.isFile() && stat.uid === entry.uid && (entry.nlink === 1 || isSame(stat, entry)) &&
    isSame(stat, Deno.lstatSync(entry.file));
}

/**
 * Opens a file to be read.
 *
 * Only its owner and root may read it without changing the access time: open(2).
 */
export function open(file: string): number {
  try {
    return openSync(file, FLAGS | O_NOATIME);
  } catch (error) {
    if (systemCodeOf(error) !== "EPERM") throw error;
    return openSync(file, FLAGS);
  }
}

/** Size in bytes of a block in the result of `stat`: inode(7). */
const BLOCK = 512;

/** Maximum number of attempts of a read that is interrupted or finds a lock. */
const ATTEMPTS = 20;

/** Milliseconds between these attempts. */
const PAUSE = 50;

function insist(read: () => number): number {
  for (let attempt = 1;; attempt += 1) {
    try {
      return read();
    } catch (error) {
      if (attempt === ATTEMPTS || !isBusy(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

class FileContent implements Content {
  readonly entry: Entry;
  readonly allocated: number;
  readonly #file: string;
  readonly #descriptor: number;
  readonly #stat: Stats;
  readonly #report: ReportTrouble;
  #left: number;
  /** Number of reads. */
  #reads = 0;
  /** Whether zeros replace content that could not be read; reported once. */
  #padding = false;

  constructor(from: SourceEntry, descriptor: number, stat: Stats, report: ReportTrouble) {
    this.entry = opened(from, stat);
    this.allocated = stat.blocks * BLOCK;
    this.#file = from.file;
    this.#descriptor = descriptor;
    this.#stat = stat;
    this.#report = report;
    this.#left = stat.size;
  }

  read(into: Uint8Array): number {
    const wanted = Math.min(into.length, this.#left);
    if (wanted === 0) return 0;
    const got = this.#padding ? 0 : this.#readSome(into, wanted);
    if (got === 0) into.fill(0, 0, wanted);
    this.#left -= got || wanted;
    return got || wanted;
  }

  #readSome(into: Uint8Array, wanted: number): number {
    try {
      this.#reads += 1;
      const got = insist(() => readSync(this.#descriptor, into, 0, wanted, null));
      if (got === 0) this.#pad("changed", "it shrank while it was read");
      return got;
    } catch (error) {
      this.#pad("unread", words(error));
      return 0;
    }
  }

  #pad(kind: "changed" | "unread", what: string): void {
    this.#padding = true;
    this.#report({
      kind,
      path: this.#file,
      reason: `${what}: the last ${this.#left} bytes are stored as zeros`,
    });
  }

  close(): void {
    try {
      if (this.#left === 0 && !this.#padding && this.#reads > 1) this.#compare();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #compare(): void {
    const { size, mtime } = this.#now();
    if (size > this.#stat.size) this.#changed(`it grew while it was read: cut at ${this.#stat.size} bytes`);
    else if (size !== this.#stat.size || mtime !== time(this.#stat.mtimeMs)) {
      this.#changed("it changed while it was read");
    }
  }

  /**
   * Returns size and time of the file: by its name, which takes a quarter of the time, or by the descriptor if the name now
   * belongs to another file.
   */
  #now(): { size: number; mtime: number } {
    try {
      const stat = Deno.lstatSync(this.#file);
      if (isSame(this.#stat, stat)) return { size: stat.size, mtime: time(stat.mtime?.getTime()) };
    } catch {
      // the name is gone; the file is still open
    }
    const { size, mtimeMs } = fstatSync(this.#descriptor);
    return { size, mtime: time(mtimeMs) };
  }

  #changed(reason: string): void {
    this.#report({ kind: "changed", path: this.#file, reason });
  }
}

function isSame(one: Stats, other: { readonly dev: number; readonly ino: number | null }): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** Returns the entry of an opened file. The names of the owners are kept only if the numbers are unchanged. */
function opened(from: SourceEntry, stat: Stats): Entry {
  const mode = stat.mode & 0o7777;
  return {
    path: from.path,
    type: "file",
    size: stat.size,
    mode: from.statMode === undefined ? mode : mode & ~(from.statMode & ~from.mode),
    uid: stat.uid,
    gid: stat.gid,
    user: stat.uid === from.uid ? from.user : "",
    group: stat.gid === from.gid ? from.group : "",
    mtime: time(stat.mtimeMs),
    ...(hasAttributes(from) && isSame(stat, from) ? attributesOnly(from) : {}),
    ...(isSparse(stat) ? { sparse: true } : {}),
  };
}

/**
 * Minimum size in bytes of files whose holes are reported: a restore creates holes for runs of zeros of this length.
 */
const LEAST_SPARSE = 64 * 1024;

function isSparse({ size, blocks }: Stats): boolean {
  return size >= LEAST_SPARSE && blocks * BLOCK < size;
}

/** Returns a time as in an entry: 0 for a time beyond the range of `Date`, and never -0. */
function time(milliseconds: number | undefined): number {
  return milliseconds || 0;
}
