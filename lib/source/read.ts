import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { attributesOnly, hasAttributes } from "../model/attributes.ts";
import type { Entry } from "../model/entry.ts";
import type { ReportTrouble, Trouble } from "../model/trouble.ts";
import type { SourceEntry } from "./entry.ts";
import { isBusy, replaced, systemCodeOf, troubleOf, troubleSince, words } from "./trouble.ts";

/** The content of a file, of exactly the size that its entry promises. */
export interface Content {
  /** The file as it was when it was opened: a plain entry of type `file`. */
  readonly entry: Entry;
  /** Bytes that it takes on its disk: fewer than its size where it has holes. */
  readonly allocated: number;
  /** Puts the next bytes at the beginning of `into` and returns their number: 0 only at the end of the promised size. */
  read(into: Uint8Array): number;
  /**
   * Closes the file. If it was read in pieces, it checks whether it changed meanwhile, and reports that. What was read in
   * one is what the file held at that moment, a few microseconds after its size and time were taken.
   */
  close(): void;
}

// A fifo that took the file's place must not hold up the run. Under limited permissions Deno 2.9 resolves symlinks
// itself, which makes O_NOFOLLOW void: what counts is that the opened file is one that lstat knows by this name.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
const FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * Opens the file that `entry`, of type `file`, was made from.
 *
 * The size and the time of now count, not those of the walk. Another file of the same owner that has taken the place
 * of a file with one name is read instead, and reported. What else has taken its place is not: it may be the way to a
 * secret of another owner, and where other names wait for the content of the old one, it is not that content.
 *
 * @param busy Called instead of `report` if a later attempt may succeed.
 * @returns undefined if the file cannot be read, which is reported: `vanished` or `unread`.
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
 * What keeps `file` from being read, found out by opening it; undefined where nothing does, or not for long: a lease begins
 * to be broken by this.
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
 * Whether an opened file is what a walk would find now under the name of `entry`. Its number alone proves little:
 * the system gives that of a deleted file to the next one at once.
 */
function isNewVersion(stat: Stats, entry: SourceEntry): boolean {
  return stat.isFile() && stat.uid === entry.uid && (entry.nlink === 1 || isSame(stat, entry)) &&
    isSame(stat, Deno.lstatSync(entry.file));
}

/**
 * Opens a file to be read.
 *
 * Only the owner and root may ask that reading leaves no trace in the access time: open(2).
 */
export function open(file: string): number {
  try {
    return openSync(file, FLAGS | O_NOATIME);
  } catch (error) {
    if (systemCodeOf(error) !== "EPERM") throw error;
    return openSync(file, FLAGS);
  }
}

/** Bytes of what `stat` counts as a block: inode(7). */
const BLOCK = 512;

/** How often a read is tried that is interrupted or finds a lock, and the milliseconds between. */
const ATTEMPTS = 20;
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
  /** How often something was read. */
  #reads = 0;
  /** Whether zeros replace what could not be read; reported once. */
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

  /** By the name, which takes a quarter of the time, and by the descriptor where the name is another file's now. */
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

/** The entry of an opened file. The owners' names stay only where the numbers do. */
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

/** Files with holes are worth a word from this size on: a restore makes holes of runs of zeros that long. */
const LEAST_SPARSE = 64 * 1024;

function isSparse({ size, blocks }: Stats): boolean {
  return size >= LEAST_SPARSE && blocks * BLOCK < size;
}

/** As in an entry: 0 for what no date can hold, and never -0. */
function time(milliseconds: number | undefined): number {
  return milliseconds || 0;
}
