import { memberPath, type Stat } from "./entry.ts";

/** How many files with further names to come are remembered: about 30 MB. */
const MAX_PENDING = 100_000;

interface FirstName {
  readonly path: string;
  readonly size: number;
  readonly mtime: number;
  left: number;
}

/**
 * Which files with several names have been met. A file is forgotten when its last name was seen, so only those that
 * also have names elsewhere stay.
 */
export class LinkTable {
  readonly #pending = new Map<string, FirstName>();
  readonly #reportFull: (file: string) => void;
  readonly #max: number;
  #full = false;

  /** @param tellFull called with the first file that could not be remembered. */
  constructor(reportFull: (file: string) => void, max = MAX_PENDING) {
    this.#reportFull = reportFull;
    this.#max = max;
  }

  /** The member path of the name that was met first, or undefined when this is the first. */
  firstName(file: string, stat: Stat): string | undefined {
    // An inode number that a double cannot hold might be taken for another's.
    if (stat.nlink! < 2 || !Number.isSafeInteger(stat.ino) || !Number.isSafeInteger(stat.dev)) {
      return undefined;
    }
    const key = keyOf(stat);
    const first = this.#pending.get(key);
    if (first === undefined || !isSame(first, stat)) {
      this.#remember(key, file, stat);
      return undefined;
    }
    if (--first.left === 0) this.#pending.delete(key);
    return first.path;
  }

  /** Takes back that a name is the first: it could not be read. */
  forget(stat: Stat): void {
    this.#pending.delete(keyOf(stat));
  }

  #remember(key: string, file: string, stat: Stat): void {
    if (this.#pending.has(key) || this.#pending.size < this.#max) {
      const left = stat.nlink! - 1;
      this.#pending.set(key, { path: memberPath(file), size: stat.size, mtime: time(stat), left });
    } else if (!this.#full) {
      this.#full = true;
      this.#reportFull(file);
    }
  }
}

function keyOf({ dev, ino }: Stat): string {
  return `${dev}:${ino}`;
}

/** The system gives the number of a deleted file to a new one: that is not the file that was met before. */
function isSame(first: FirstName, stat: Stat): boolean {
  return first.size === stat.size && first.mtime === time(stat);
}

function time(stat: Stat): number {
  return stat.mtime?.getTime() || 0;
}
