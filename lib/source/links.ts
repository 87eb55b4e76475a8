import { memberPath, type Stat } from "./entry.ts";
import { isSameContent } from "./same_content.ts";

/** Maximum number of files with further names that are kept in memory: about 30 MB. */
const MAX_PENDING = 100_000;

/** Map of strings that is stored outside of the memory of this process. */
export interface LinkSpill extends Disposable {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
}

/** Callbacks for files with several names that are, or may be, stored once for each name. */
export interface LinkReports {
  /** Called with the first file that could not be remembered. */
  full(file: string): void;
  /** Called with the first file of each device whose numbers are rounded: see {@link isExact}. */
  rounded(file: string): void;
}

interface FirstName {
  readonly path: string;
  readonly size: number;
  readonly mtime: number;
  left: number;
}

/**
 * Files with several names that the walk has seen. A file is removed when its last name was seen, so only
 * files with names elsewhere stay.
 */
export class LinkTable {
  readonly #pending = new Map<string, FirstName>();
  readonly #reports: LinkReports;
  readonly #spill: LinkSpill | undefined;
  readonly #max: number;
  readonly #roundedDevices = new Set<number>();
  #spilled = 0;
  #full = false;

  /**
   * Creates an empty table.
   *
   * @param spill Stores the files beyond `max`.
   */
  constructor(reports: LinkReports, spill?: LinkSpill, max = MAX_PENDING) {
    this.#reports = reports;
    this.#spill = spill;
    this.#max = max;
  }

  /** Returns the member path of the first name that was seen; undefined if this is the first. */
  firstName(file: string, stat: Stat): string | undefined {
    if (stat.nlink! < 2) return undefined;
    if (!isExact(stat)) this.#reportRounded(file, stat.dev);
    const key = keyOf(stat);
    const first = this.#get(key);
    if (first === undefined || !isSame(first, stat)) {
      this.#remember(key, file, stat);
      return undefined;
    }
    if (!isExact(stat) && !isSameContent(`/${first.path}`, file, stat.size)) return undefined;
    first.left -= 1;
    if (first.left === 0) this.#delete(key);
    else if (!this.#pending.has(key)) this.#spill?.set(key, JSON.stringify(first));
    return first.path;
  }

  /** Forgets the first name of a file, because it could not be read. */
  forget(stat: Stat): void {
    this.#delete(keyOf(stat));
  }

  #get(key: string): FirstName | undefined {
    const pending = this.#pending.get(key);
    if (pending !== undefined || this.#spilled === 0) return pending;
    const text = this.#spill?.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  #delete(key: string): void {
    if (this.#pending.delete(key) || this.#spilled === 0) return;
    this.#spill?.delete(key);
  }

  #remember(key: string, file: string, stat: Stat): void {
    const first = { path: memberPath(file), size: stat.size, mtime: time(stat), left: stat.nlink! - 1 };
    if (this.#pending.has(key) || this.#pending.size < this.#max) this.#pending.set(key, first);
    else if (!this.#full) this.#spillOut(key, first, file);
  }

  #spillOut(key: string, first: FirstName, file: string): void {
    try {
      if (this.#spill === undefined) throw new Error("there is no more room");
      this.#spill.set(key, JSON.stringify(first));
      this.#spilled += 1;
    } catch {
      this.#full = true;
      this.#reports.full(file);
    }
  }

  #reportRounded(file: string, dev: number): void {
    if (this.#roundedDevices.has(dev)) return;
    this.#roundedDevices.add(dev);
    this.#reports.rounded(file);
  }
}

/**
 * Whether an inode number identifies one file. Deno 2.9.6 converts numbers to doubles, even for `bigint`:
 * above 2^53, which overlayfs with xino, mergerfs and NTFS use, thousands of files share a number.
 */
function isExact({ ino, dev }: Stat): boolean {
  return Number.isSafeInteger(ino) && Number.isSafeInteger(dev);
}

/**
 * Returns the key of a file. If its numbers are rounded, other properties that all its names share are added.
 */
function keyOf(stat: Stat): string {
  const { dev, ino } = stat;
  if (isExact(stat)) return `${dev}:${ino}`;
  const times = [stat.mtime, stat.ctime, stat.birthtime].map((it) => it?.getTime() ?? "");
  return [dev, ino, ...times, stat.size, stat.nlink, stat.mode, stat.uid, stat.gid, stat.blocks].join(":");
}

/** Whether a file is still the same. The system may reuse the number of a deleted file for a new one. */
function isSame(first: FirstName, stat: Stat): boolean {
  return first.size === stat.size && first.mtime === time(stat);
}

function time(stat: Stat): number {
  return stat.mtime?.getTime() || 0;
}
