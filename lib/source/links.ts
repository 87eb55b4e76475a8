import { memberPath, type Stat } from "./entry.ts";
import { isSameContent } from "./same_content.ts";

/** How many files with further names to come are remembered in memory: about 30 MB. */
const MAX_PENDING = 100_000;

/** Keeps texts by their keys outside of the memory of this process. */
export interface LinkSpill extends Disposable {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
}

/** What is reported of files that are stored once for each name, or might be. */
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
 * Which files with several names have been met. A file is forgotten when its last name was seen, so only those that
 * also have names elsewhere stay.
 */
export class LinkTable {
  readonly #pending = new Map<string, FirstName>();
  readonly #reports: LinkReports;
  readonly #spill: LinkSpill | undefined;
  readonly #max: number;
  readonly #roundedDevices = new Set<number>();
  #spilled = 0;
  #full = false;

  /** @param spill takes those that are more than `max`. */
  constructor(reports: LinkReports, spill?: LinkSpill, max = MAX_PENDING) {
    this.#reports = reports;
    this.#spill = spill;
    this.#max = max;
  }

  /** The member path of the name that was met first, or undefined when this is the first. */
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

  /** Takes back that a name is the first: it could not be read. */
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
 * Whether an inode number is that of one file. Deno 2.9.6 has numbers as doubles, in its `bigint` form as well: above 2^53,
 * as overlayfs with xino, mergerfs and NTFS have them, some thousand files share one.
 */
function isExact({ ino, dev }: Stat): boolean {
  return Number.isSafeInteger(ino) && Number.isSafeInteger(dev);
}

/** Where numbers are rounded, all else that the names of a file have in common distinguishes files. */
function keyOf(stat: Stat): string {
  const { dev, ino } = stat;
  if (isExact(stat)) return `${dev}:${ino}`;
  const times = [stat.mtime, stat.ctime, stat.birthtime].map((it) => it?.getTime() ?? "");
  return [dev, ino, ...times, stat.size, stat.nlink, stat.mode, stat.uid, stat.gid, stat.blocks].join(":");
}

/** The system gives the number of a deleted file to a new one: that is not the file that was met before. */
function isSame(first: FirstName, stat: Stat): boolean {
  return first.size === stat.size && first.mtime === time(stat);
}

function time(stat: Stat): number {
  return stat.mtime?.getTime() || 0;
}
