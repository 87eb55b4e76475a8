import type { Stat } from "./entry.ts";

/**
 * Answers of the thread that reads directories ahead, as numbers. The first two are the number of a directory, and the kind of the answer: the
 * place of a name in the listing, if it is the result of its `lstat`.
 */
export const KIND = {
  /** Part of a listing. Two numbers follow: the count of UTF-16 units of its text, and whether there are more parts. */
  LISTING: -1,
  /** Files that are left to the walk. The place of the first name after them follows. */
  LEFT: -2,
} as const;

/** Count of numbers of each kind of answer. */
export const LENGTH = { LISTING: 4, LEFT: 3, STAT: 14 } as const;

/** Separates the texts of a listing: the path of the directory, then the names. */
export const SEPARATOR = "\0";

/** Ends the name of a directory. */
export const SLASH = "/";

/** Number for a time that the system does not know. NaN is a time that a `Date` cannot hold. */
const NO_TIME = -Infinity;

/** Writes an answer to `lstat`. */
export function writeStat(
  numbers: Float64Array,
  at: number,
  directory: number,
  name: number,
  stat: Stat,
): void {
  numbers[at] = directory;
  numbers[at + 1] = name;
  numbers[at + 2] = stat.mode!;
  numbers[at + 3] = stat.size;
  numbers[at + 4] = stat.uid!;
  numbers[at + 5] = stat.gid!;
  numbers[at + 6] = timeOf(stat.mtime);
  numbers[at + 7] = timeOf(stat.ctime);
  numbers[at + 8] = timeOf(stat.birthtime);
  numbers[at + 9] = stat.dev;
  numbers[at + 10] = stat.ino!;
  numbers[at + 11] = stat.nlink!;
  numbers[at + 12] = stat.rdev!;
  numbers[at + 13] = stat.blocks!;
}

/** Returns the `lstat` of an answer. */
export function readStat(numbers: Float64Array, at: number): Stat {
  return new ReadStat(numbers, at);
}

/** `lstat` of which each number is read from shared memory once. Few of its times are ever wanted as a `Date`. */
class ReadStat implements Stat {
  readonly mode: number;
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly rdev: number;
  readonly blocks: number;
  readonly mtime: Date | null;
  readonly ctime: Date | null;
  readonly #birthtime: number;

  constructor(numbers: Float64Array, at: number) {
    this.mode = numbers[at + 2]!;
    this.size = numbers[at + 3]!;
    this.uid = numbers[at + 4]!;
    this.gid = numbers[at + 5]!;
    this.mtime = dateOf(numbers[at + 6]!);
    this.ctime = dateOf(numbers[at + 7]!);
    this.#birthtime = numbers[at + 8]!;
    this.dev = numbers[at + 9]!;
    this.ino = numbers[at + 10]!;
    this.nlink = numbers[at + 11]!;
    this.rdev = numbers[at + 12]!;
    this.blocks = numbers[at + 13]!;
  }

  get birthtime(): Date | null {
    return dateOf(this.#birthtime);
  }

  get isFile(): boolean {
    return (this.mode & TYPE_BITS) === 0o100000;
  }

  get isDirectory(): boolean {
    return (this.mode & TYPE_BITS) === 0o040000;
  }

  get isSymlink(): boolean {
    return (this.mode & TYPE_BITS) === 0o120000;
  }
}

/** Bits of a mode that are the type: inode(7). */
const TYPE_BITS = 0o170000;

function timeOf(date: Date | null): number {
  return date === null ? NO_TIME : date.getTime();
}

function dateOf(time: number): Date | null {
  return time === NO_TIME ? null : new Date(time);
}
