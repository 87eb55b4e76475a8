import { type Entry, isMemberPath } from "../model/entry.ts";
import { clash } from "./clash.ts";
import { isTooLong, isWithin, parentOf, prefixes, shown } from "./path.ts";
import { isBecause, isLostAlone, look } from "./system.ts";
import { statTarget } from "./target.ts";

/**
 * Tells before anything is fetched what cannot be restored into a target as things stand there. It is asked of one
 * entry after the other, best in the order of a walk.
 */
export class Conflicts {
  readonly #target: string;
  readonly #rules: { readonly device: number; readonly overwrite: boolean };
  /** A directory in the target. */
  #known = "";
  /** All at and below it is answered: nothing is there, or what is in the way has been told. */
  #answered: string | undefined;
  /** Whether something is in the way that is not overwritten either. */
  #lasting = false;

  /** @throws {Failure} when `target` is something else than a directory. A target that is missing is like an empty one. */
  constructor(target: string, overwrite: boolean) {
    const directory = statTarget(target);
    this.#target = target;
    this.#rules = { device: directory?.dev ?? 0, overwrite };
    this.#answered = directory === undefined ? "" : undefined;
  }

  /** Whether all that is in the way could be overwritten. */
  get overwriteHelps(): boolean {
    return !this.#rules.overwrite && !this.#lasting;
  }

  /**
   * What is in the way of an entry, in words; undefined for nothing. What is in the way of a directory is reported for
   * its first entry only. A path that the system does not take is
   * no conflict: it is lost alone.
   */
  of({ path, type }: Entry): string | undefined {
    if (!isMemberPath(path)) return `"${shown(path)}" is not a path that can be restored`;
    if (isTooLong(this.#target, path)) return undefined; // it is lost alone
    if (this.#answered !== undefined && isWithin(path, this.#answered)) return undefined;
    while (this.#known === path || !isWithin(path, this.#known)) this.#known = parentOf(this.#known);
    for (const place of prefixes(path, this.#known)) {
      const there = this.#there(place);
      const directory = place !== path || type === "directory";
      const why = there && clash(directory, there, this.#rules);
      if (there === undefined || why !== undefined) {
        this.#answered = place;
        this.#lasting ||= there !== undefined &&
          !!clash(directory, there, { ...this.#rules, overwrite: true });
        return why && `"${shown(place)}" ${why}`;
      }
      if (directory) this.#known = place;
    }
    return undefined;
  }

  /** Where the system takes no such name, nothing is. */
  #there(place: string): Deno.FileInfo | undefined {
    try {
      return look(`${this.#target}/${place}`, place);
    } catch (error) {
      if (isBecause(error, "EACCES") || !isLostAlone(error)) throw error;
      return undefined;
    }
  }
}

/** Why one entry cannot be restored into `target`, in words; undefined where it can. {@link Conflicts} is for many. */
export function conflict(target: string, entry: Entry, overwrite: boolean): string | undefined {
  return new Conflicts(target, overwrite).of(entry);
}
