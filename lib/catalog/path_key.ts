/**
 * Keys for paths. Their byte order, which SQLite uses, is the order of the walk: one declared path after the
 * other, and within each a directory before its content, and its content before its next sibling. This
 * requires that a slash sorts before every other character, so U+0001 replaces it. U+0001 and U+0002, which
 * names may contain as well, are escaped by U+0002.
 *
 * NUL would be simpler, but node:sqlite of Deno 2.9.6 cuts a text there.
 *
 * @module
 */
import { PathMap } from "../model/path_map.ts";

/** Number of digits, in base 36, of a declared path's number. */
const PLACE = 4;

/** Computes the keys of paths. Consecutive paths of one directory are fastest. */
export class PathKeys {
  readonly #places: PathMap<number>;
  /** Directory of the last path, with its slash; the keys of its content begin with the prefix. */
  #directory: string | undefined;
  #prefix = "";

  /**
   * Creates keys for declared paths.
   *
   * @param declared Member paths at which the walk begins, in its order; empty for the root.
   */
  constructor(declared: readonly string[]) {
    this.#places = new PathMap(declared.map((path, at) => [path, at]));
  }

  /** Returns the key of a path. It belongs to the deepest declared path that contains it. */
  of(path: string): string {
    const own = this.#places.get(path);
    if (own !== undefined) return keyOf(own, path);
    const name = path.lastIndexOf("/") + 1;
    if (name !== this.#directory?.length || !path.startsWith(this.#directory)) {
      this.#directory = path.slice(0, name);
      this.#prefix = keyOf(this.#placeOf(path.slice(0, Math.max(0, name - 1))), this.#directory);
    }
    return this.#prefix + escaped(path.slice(name));
  }

  #placeOf(directory: string): number {
    for (let path = directory;; path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) {
      const place = this.#places.get(path);
      if (place !== undefined) return place;
      if (path === "") return 0;
    }
  }
}

/** Returns the key of a path below the declared path with this number. */
export function keyOf(place: number, path: string): string {
  return place.toString(36).padStart(PLACE, "0") + escaped(path).replaceAll("/", "\x01");
}

function escaped(text: string): string {
  return text.includes("\x01") || text.includes("\x02") ? text.replace(LOWEST, "\x02$&") : text;
}

/** Returns the path of a key. */
export function pathOfKey(key: string): string {
  return key.slice(PLACE).replace(CODED, (_, escaped?: string) => escaped ?? "/");
}

// deno-lint-ignore no-control-regex -- that is what they are
const LOWEST = /[\x01\x02]/g;
// deno-lint-ignore no-control-regex
const CODED = /\x02([\x01\x02])|\x01/g;
