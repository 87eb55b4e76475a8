import type { Entry } from "../model/entry.ts";
import { PathTable } from "../model/path_table.ts";
import { type Layout, markedPaths, MAX_RENAMED, placeIn } from "./layout.ts";
import { isTooLong, parentOf, prefixes } from "./path.ts";
import { attempt, isBecause, isLostAlone } from "./system.ts";

const MADE = 1;
/**
 * State of a directory whose name, and whose marked names, the file system does not distinguish from another
 * directory's.
 */
const MERGED = 2;
/** State of a directory whose name the file system does not accept. */
const REFUSED = 3;

/** Layout of a target that treats different names as equal, with the paths that directories get instead. */
export interface FoldedLayout extends Layout {
  readonly renamed: Map<string, string>;
}

/**
 * Creates the directories of a stage whose file system treats different names as equal. They are created
 * before any file, each once: if a directory exists before it was created, it is another one with an equal
 * name, and this one gets a marked name.
 */
export class FoldedDirectories {
  readonly #layout: FoldedLayout;
  readonly #states = new PathTable();

  constructor(layout: FoldedLayout) {
    this.#layout = layout;
  }

  /**
   * Creates the directories that an entry needs, and itself if it is one. Paths are those before renaming.
   */
  make({ path, type }: Pick<Entry, "path" | "type">): void {
    const deepest = type === "directory" ? path : parentOf(path);
    if (this.#states.get(deepest) === MADE) return;
    let staged = "";
    for (const directory of prefixes(deepest, "")) {
      const name = directory.slice(directory.lastIndexOf("/") + 1);
      let state = this.#states.get(directory);
      if (state === 0) {
        state = this.#makeOne(directory, staged === "" ? name : `${staged}/${name}`);
        this.#states.set(directory, state);
      }
      if (state !== MADE) return;
      staged = this.#layout.renamed.get(directory) ?? (staged === "" ? name : `${staged}/${name}`);
    }
  }

  /**
   * Returns the directory, `path` itself or a parent, whose name is taken and that could not be renamed;
   * undefined if there is none.
   */
  merged(path: string): string | undefined {
    if (this.#states.get(path) === MADE) return undefined;
    for (const directory of prefixes(path, "")) {
      if (this.#states.get(directory) === MERGED) return directory;
    }
    return undefined;
  }

  /**
   * Creates one directory, and returns its state.
   *
   * @param staged Path with the names of its parents in the stage.
   */
  #makeOne(directory: string, staged: string): number {
    const { renamed } = this.#layout;
    const state = this.#tryOne(staged);
    if (state !== MERGED || renamed.size >= MAX_RENAMED) return state;
    for (const marked of markedPaths(staged)) {
      const state = this.#tryOne(marked);
      if (state === MADE) renamed.set(directory, marked);
      if (state !== MERGED) return state;
    }
    return MERGED;
  }

  #tryOne(staged: string): number {
    const place = placeIn(this.#layout, staged);
    if (isTooLong(place)) return REFUSED;
    try {
      attempt("make a directory", () => Deno.mkdirSync(place, { mode: 0o700 }));
      return MADE;
    } catch (error) {
      if (isBecause(error, "EEXIST")) return MERGED;
      if (isLostAlone(error)) return REFUSED;
      throw error;
    }
  }
}
