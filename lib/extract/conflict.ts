import { type Entry, isMemberPath } from "../model/entry.ts";
import { clash } from "./clash.ts";
import { isMountPoint } from "./mounts.ts";
import { isTooLong, isWithin, parentOf, prefixes, shown } from "./path.ts";
import { isBecause, isLostAlone, look } from "./system.ts";
import { statTarget } from "./target.ts";

/** What is compared with a target before a restore: a staged path, and the type of its entry. */
export type Coming = Pick<Entry, "path" | "type">;

/**
 * Finds before anything is fetched what is in the way in a target, and where other file systems are mounted in it. It is
 * asked for one entry after the other, best in the order of a walk.
 */
export class Conflicts {
  /** Directories on the way of the entries on which something is mounted, relative to the target. */
  readonly mounts: string[] = [];
  readonly #target: string;
  readonly #overwrite: boolean;
  /** A directory in the target. */
  #known = "";
  /** All at and below it is answered: nothing is there, or what is in the way has been reported. */
  #answered: string | undefined;
  /** Whether something is in the way that is not overwritten either. */
  #lasting = false;

  /** @throws {Failure} if `target` is not a directory. A target that is missing is like an empty one. */
  constructor(target: string, overwrite: boolean) {
    this.#target = target;
    this.#overwrite = overwrite;
    this.#answered = statTarget(target) === undefined ? "" : undefined;
  }

  /** Whether all that is in the way could be overwritten. */
  get overwriteHelps(): boolean {
    return !this.#overwrite && !this.#lasting;
  }

  /**
   * Returns what is in the way of an entry, in words; undefined for nothing. What is in the way of a directory is
   * reported for its first entry only. A path that the system does not take is no conflict: it is lost alone.
   */
  of({ path, type }: Coming): string | undefined {
    if (!isMemberPath(path)) return `"${shown(path)}" is not a path that can be restored`;
    if (isTooLong(`${this.#target}/${path}`)) return undefined; // it is lost alone
    if (this.#answered !== undefined && isWithin(path, this.#answered)) return undefined;
    while (this.#known === path || !isWithin(path, this.#known)) this.#known = parentOf(this.#known);
    for (const place of prefixes(path, this.#known)) {
      const there = this.#there(place);
      const directory = place !== path || type === "directory";
      const why = there && clash(directory, there, this.#overwrite);
      if (there === undefined || why !== undefined) {
        this.#answered = place;
        this.#lasting ||= there !== undefined && clash(directory, there, true) !== undefined;
        return why && `"${shown(place)}" ${why}`;
      }
      if (directory) this.#enter(place);
    }
    return undefined;
  }

  #enter(directory: string): void {
    this.#known = directory;
    const above = `${this.#target}/${parentOf(directory)}`;
    if (this.mounts.includes(directory) || !isMountPoint(`${this.#target}/${directory}`, above)) return;
    this.mounts.push(directory);
  }

  /** Where the system takes no such name, nothing is. */
  #there(place: string): Deno.FileInfo | undefined {
    try {
      return look(`${this.#target}/${place}`, place);
    } catch (error) {
      if ((isBecause(error, "EACCES") && !this.#overwrite) || !isLostAlone(error)) throw error;
      return undefined;
    }
  }
}
