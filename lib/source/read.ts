import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import type { Entry } from "../model/entry.ts";
import type { TellTrouble, Trouble } from "../model/trouble.ts";
import type { SourceEntry } from "./entry.ts";
import { codeOf, troubleOf, words } from "./trouble.ts";

/** The content of a file, of exactly the size that its entry promises. */
export interface Content {
  /** The file as it was when it was opened: a plain entry of type `file`. */
  readonly entry: Entry;
  /** Puts the next bytes at the beginning of `into` and tells how many: 0 only at the end of the promised size. */
  read(into: Uint8Array): number;
  /** Closes the file. After the last byte it looks whether the file changed meanwhile, and tells. */
  close(): void;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
const FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK; // a fifo that took the file's place must not hold up the run

/**
 * Opens the file that `entry` (of type `file`, or `hardlink` where the first name is lost) was made from.
 *
 * The size and the time of now count, not those of the walk. Another file that has taken the place of a file with
 * one name is taken instead, and told; where other names wait for the content of the old one, the file is told as
 * vanished.
 *
 * @returns undefined where the file cannot be had, which is told: `vanished` or `unread`.
 */
export function openSource(entry: SourceEntry, tell: TellTrouble): Content | undefined {
  const lose = (trouble: Trouble): undefined => void tell(trouble);
  let descriptor: number;
  try {
    descriptor = open(entry.file);
  } catch (error) {
    return lose(troubleOf(entry.file, error));
  }
  try {
    const stat = fstatSync(descriptor);
    const same = stat.ino === entry.ino && stat.dev === entry.dev;
    if (stat.isFile() && (same || entry.nlink === 1)) {
      if (!same) {
        tell({ kind: "changed", path: entry.file, reason: "another file took its place, and was read" });
      }
      return new FileContent(entry, descriptor, stat, tell);
    }
    lose({
      kind: "vanished",
      path: entry.file,
      reason: "something else took its place before it could be read",
    });
  } catch (error) {
    lose(troubleOf(entry.file, error));
  }
  closeSync(descriptor);
  return undefined;
}

/** Only the owner and root may ask that reading leaves no trace in the access time: open(2). */
function open(file: string): number {
  try {
    return openSync(file, FLAGS | O_NOATIME);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
    return openSync(file, FLAGS);
  }
}

class FileContent implements Content {
  readonly entry: Entry;
  readonly #file: string;
  readonly #descriptor: number;
  readonly #stat: Stats;
  readonly #tell: TellTrouble;
  #left: number;
  /** Whether zeros stand in for what could not be read; told once. */
  #padding = false;

  constructor(from: SourceEntry, descriptor: number, stat: Stats, tell: TellTrouble) {
    this.entry = opened(from, stat);
    this.#file = from.file;
    this.#descriptor = descriptor;
    this.#stat = stat;
    this.#tell = tell;
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
      const got = readSync(this.#descriptor, into, 0, wanted, null);
      if (got === 0) this.#pad("changed", "it shrank while it was read");
      return got;
    } catch (error) {
      this.#pad("unread", words(error));
      return 0;
    }
  }

  #pad(kind: "changed" | "unread", what: string): void {
    this.#padding = true;
    this.#tell({
      kind,
      path: this.#file,
      reason: `${what}: the last ${this.#left} bytes are stored as zeros`,
    });
  }

  close(): void {
    try {
      if (this.#left === 0 && !this.#padding) this.#compare();
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
      const { ino, dev, size, mtime } = Deno.lstatSync(this.#file);
      if (ino === this.#stat.ino && dev === this.#stat.dev) return { size, mtime: time(mtime?.getTime()) };
    } catch {
      // the name is gone; the file is still open
    }
    const { size, mtimeMs } = fstatSync(this.#descriptor);
    return { size, mtime: time(mtimeMs) };
  }

  #changed(reason: string): void {
    this.#tell({ kind: "changed", path: this.#file, reason });
  }
}

/** The entry of an opened file. The owners' names stay only where the numbers do. */
function opened(from: SourceEntry, stat: Stats): Entry {
  return {
    path: from.path,
    type: "file",
    size: stat.size,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    user: stat.uid === from.uid ? from.user : "",
    group: stat.gid === from.gid ? from.group : "",
    mtime: time(stat.mtimeMs),
  };
}

/** As in an entry: 0 for what no date can hold, and never -0. */
function time(milliseconds: number | undefined): number {
  return milliseconds || 0;
}
