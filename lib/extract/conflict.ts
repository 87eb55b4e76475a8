import { type Entry, isMemberPath } from "../model/entry.ts";
import { clash } from "./clash.ts";
import { isMountPoint } from "./mounts.ts";
import { isTooLong, isWithin, parentOf, prefixes, shown } from "./path.ts";
import { isBecause, isLostAlone, look } from "./system.ts";
import { statTarget } from "./target.ts";

/** Staged path and type of an entry, for comparison with a target before a restore. */
export type Coming = Pick<Entry, "path" | "type">;

/**
 * Finds existing files in a target that prevent a restore, and mounts in it, before anything is fetched. It
 * is asked about one entry after the other, best in the order of a walk.
 */
export class Conflicts {
  /** Directories on which something is mounted, on the paths of the entries, relative to the target. */
  readonly mounts: string[] = [];
  readonly #target: string;
  readonly #overwrite: boolean;
  /** Path that is known to be a directory in the target. */
  #known = "";
  /**
   * Path for which everything at and below it is decided: nothing exists there, or a conflict has been
   * reported.
   */
  #answered: string | undefined;
  /** Whether there is a conflict that `overwrite` does not solve. */
  #lasting = false;

  /**
   * Creates the check.
   *
   * @throws {Failure} if `target` is not a directory. A missing target is like an empty one.
   */
  constructor(target: string, overwrite: boolean) {
    this.#target = target;
    this.#overwrite = overwrite;
    this.#answered = statTarget(target) === undefined ? "" : undefined;
  }

  /** Whether all existing files could be overwritten. */
  get overwriteHelps(): boolean {
    return !this.#overwrite && !this.#lasting;
  }

  /**
   * Returns the conflict of an entry, in words; undefined if there is none. The conflict of a directory is
   * reported for its first entry only. A path that the system does not accept is no conflict: only this entry
   * is lost.
   */
  of({ path, type }: Coming): string | undefined {
    if (!isMemberPath(path)) return `"${shown(path)}" is not a path that can be restored`;
    if (isTooLong(`${this.#target}/${path}`)) return undefined; // only this entry is lost
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

  /**
   * Returns the file at a path of the target; undefined if there is none, or if the system does not accept
   * such a name.
   */
  #there(place: string): Deno.FileInfo | undefined {
    try {
      return look(`${this.#target}/${place}`, place);
    } catch (error) {
      if ((isBecause(error, "EACCES") && !this.#overwrite) || !isLostAlone(error)) throw error;
      return undefined;
    }
  }
}
