import { sha256 } from "../../model/digest.ts";
import { type CacheFile, cacheFiles, readCacheFile, removeCacheFile, writeCacheFile } from "./cache_file.ts";

/** Days after which a file that was not used is removed. */
const MAX_AGE = 60;

/**
 * Objects of stores by their SHA-256, in a directory: exactly the bytes that are stored, compared with their SHA-256 whenever
 * they are loaded. Everything in it can be lost or deleted at any time, also while other processes use it, and an error of the
 * disk is no error of its user.
 *
 * Its size is bounded. What was used least recently goes, by days.
 */
export class ObjectCache {
  readonly #directory: string;
  readonly #maxBytes: number;
  /** Bytes that were added since the size was last compared with the limit. */
  #added = 0;

  /**
   * @param directory which no other user can write to.
   * @param maxBytes that it may hold.
   */
  constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
  }

  /** Returns the bytes with this SHA-256, or undefined. A file with other bytes is removed. */
  load(digest: string, maxBytes: number): Uint8Array<ArrayBuffer> | undefined {
    const path = this.#pathOf(digest);
    const bytes = readCacheFile(path, maxBytes);
    if (bytes === undefined || sha256(bytes) === digest) return bytes;
    removeCacheFile(path);
    return undefined;
  }

  /** Adds an object. Bytes with another SHA-256, and those of a size that would displace too much else, are left out. */
  add(digest: string, bytes: Uint8Array): void {
    if (bytes.length > this.#slack || sha256(bytes) !== digest) return;
    if (!writeCacheFile(this.#pathOf(digest), bytes)) return;
    this.#added += bytes.length;
    if (this.#added >= this.#slack) this.settle();
  }

  /**
   * Removes files until the size is below the limit. Looking at all files takes a second for 200,000, so it is done when
   * processes have together added a sixteenth of the limit, of which they keep an account in a file.
   */
  settle(): void {
    if (this.#added === 0) return;
    const account = `${this.#directory}/added`;
    const before = Number(new TextDecoder().decode(readCacheFile(account, 20)));
    const added = this.#added + (Number.isSafeInteger(before) ? before : this.#slack);
    this.#added = 0;
    if (added >= this.#slack) this.#shrink();
    writeCacheFile(account, new TextEncoder().encode(added >= this.#slack ? "0" : String(added)));
  }

  get #slack(): number {
    return this.#maxBytes / 16;
  }

  #shrink(): void {
    const now = Date.now();
    const sizes: number[] = [];
    for (const { age, size } of cacheFiles(this.#directory, now)) {
      const day = Math.min(age, MAX_AGE + 1);
      sizes[day] = (sizes[day] ?? 0) + size;
    }
    const limit = lastKept(sizes, this.#maxBytes - this.#slack);
    let { excess } = limit;
    for (const file of cacheFiles(this.#directory, now)) {
      const goes = file.age > limit.age || isAbandoned(file) || (file.age === limit.age && excess > 0);
      if (!goes) continue;
      if (file.age === limit.age) excess -= file.size;
      removeCacheFile(file.path);
    }
  }

  #pathOf(digest: string): string {
    return `${this.#directory}/objects/${digest.slice(0, 2)}/${digest}`;
  }
}

/** Returns the age in days up to which files stay, and how many bytes of that age are too many. */
function lastKept(sizes: readonly number[], maxBytes: number): { age: number; excess: number } {
  let sum = 0;
  for (let age = 0; age <= MAX_AGE; age++) {
    sum += sizes[age] ?? 0;
    if (sum > maxBytes) return { age, excess: sum - maxBytes };
  }
  return { age: MAX_AGE, excess: 0 };
}

/** Whether it is the temporary file of a process that has crashed. */
function isAbandoned({ path, age }: CacheFile): boolean {
  return age > 0 && path.slice(path.lastIndexOf("/") + 1).startsWith(".");
}
