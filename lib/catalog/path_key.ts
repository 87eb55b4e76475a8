/**
 * Paths as texts whose order by bytes, which is SQLite's, is the order of the walk: declared path by declared path, and
 * within each a directory before what it holds before its next neighbour. For that a slash has to come before every other
 * character. U+0001 stands for it; the two lowest characters, which names may have as well, are led in by U+0002.
 *
 * NUL would be simpler, but node:sqlite of Deno 2.9.6 cuts a text there.
 */

/** Digits of a declared path's number, to the base of 36. */
const PLACE = 4;

/** Gives paths their keys. Those of one directory after the other take least. */
export class PathKeys {
  readonly #places: ReadonlyMap<string, number>;
  /** The directory that was asked for last, and what the keys of what is in it begin with. */
  #directory: string | undefined;
  #prefix = "";

  /** @param declared the member paths that the walk begins at, in its order; empty for the root. */
  constructor(declared: readonly string[]) {
    this.#places = new Map(declared.map((path, at) => [path, at]));
  }

  /** The key of a path: it belongs to the deepest declared path that it is or lies below. */
  of(path: string): string {
    const own = this.#places.get(path);
    if (own !== undefined) return keyOf(own, path);
    const slash = path.lastIndexOf("/");
    const directory = slash < 0 ? "" : path.slice(0, slash);
    if (directory !== this.#directory) {
      this.#directory = directory;
      this.#prefix = keyOf(this.#placeOf(directory), slash < 0 ? "" : `${directory}/`);
    }
    return this.#prefix + escaped(path.slice(slash + 1));
  }

  #placeOf(directory: string): number {
    for (let path = directory;; path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) {
      const place = this.#places.get(path);
      if (place !== undefined) return place;
      if (path === "") return 0;
    }
  }
}

/** The key of a path below the declared path with this number. */
export function keyOf(place: number, path: string): string {
  return place.toString(36).padStart(PLACE, "0") + escaped(path).replaceAll("/", "\x01");
}

function escaped(text: string): string {
  return text.includes("\x01") || text.includes("\x02") ? text.replace(LOWEST, "\x02$&") : text;
}

/** The path that a key was made from. */
export function pathOfKey(key: string): string {
  return key.slice(PLACE).replace(CODED, (_, escaped?: string) => escaped ?? "/");
}

// deno-lint-ignore no-control-regex -- that is what they are
const LOWEST = /[\x01\x02]/g;
// deno-lint-ignore no-control-regex
const CODED = /\x02([\x01\x02])|\x01/g;
