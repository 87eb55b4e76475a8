import type { Entry } from "../model/entry.ts";
import { PathTable } from "../model/path_table.ts";
import { isTooLong, parentOf, prefixes } from "./path.ts";
import { attempt, isBecause, isLostAlone } from "./system.ts";

const MADE = 1;
/** The file system took its name for that of another directory. */
const MERGED = 2;
/** The file system does not take its name. */
const REFUSED = 3;

/**
 * The directories of a stage whose file system takes different names for one. They are made before any file, each once:
 * a directory that is there already when it is made is another one with a name alike.
 */
export class FoldedDirectories {
  readonly #root: string;
  readonly #states = new PathTable();

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the directories that an entry needs, and itself if it is one. */
  make({ path, type }: Pick<Entry, "path" | "type">): void {
    const deepest = type === "directory" ? path : parentOf(path);
    if (this.#states.get(deepest) === MADE) return;
    for (const directory of prefixes(deepest, "")) {
      let state = this.#states.get(directory);
      if (state === 0) this.#states.set(directory, state = this.#makeOne(directory));
      if (state !== MADE) return;
    }
  }

  /** The directory, a path itself or one above it, whose name was taken for that of another; undefined for none. */
  merged(path: string): string | undefined {
    if (this.#states.get(path) === MADE) return undefined;
    for (const directory of prefixes(path, "")) {
      if (this.#states.get(directory) === MERGED) return directory;
    }
    return undefined;
  }

  #makeOne(directory: string): number {
    if (isTooLong(this.#root, directory)) return REFUSED;
    try {
      attempt("make a directory", () => Deno.mkdirSync(`${this.#root}/${directory}`, { mode: 0o700 }));
      return MADE;
    } catch (error) {
      if (isBecause(error, "EEXIST")) return MERGED;
      if (isLostAlone(error)) return REFUSED;
      throw error;
    }
  }
}
