import { sortedByUtf8 } from "../model/utf8_order.ts";
import type { Stat } from "./entry.ts";

/** Iterator over the names in a directory. */
export interface Names {
  /**
   * Whether the next name is there. If not, waits for it, but not longer than a turn may take.
   *
   * @throws The errors of `Deno.readDirSync`.
   */
  isReady(): boolean;
  /**
   * Returns the next name, which must be ready, in order; undefined after the last one. A name that is not UTF-8 contains U+FFFD
   * for the bytes that could not be decoded: two names that differ only there are returned as equal ones, one
   * after the other.
   */
  next(): string | undefined;
  /**
   * Whether the name returned last is a directory, according to the listing. Asking the file itself can block
   * forever if something is mounted there.
   */
  isDirectory(): boolean;
  /**
   * Returns the `lstat` of the name returned last.
   *
   * @param path Path of the name.
   * @throws The errors of `Deno.lstatSync`.
   */
  stat(path: string): Stat;
  /** Whether the directory contains a name. */
  has(name: string): boolean;
}

/**
 * Lists a directory in one call.
 *
 * @param typed Whether `isDirectory` will be called.
 * @throws The errors of `Deno.readDirSync`.
 */
export function listDirectory(path: string, typed: boolean): Names {
  const { names, directories } = readNames(path, typed);
  return new PlainNames(names, directories);
}

/** Returns the names in a directory, in order, and those of directories among them if `typed`. */
export function readNames(
  path: string,
  typed: boolean,
): { readonly names: string[]; readonly directories: ReadonlySet<string> } {
  const names: string[] = [];
  const directories = new Set<string>();
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    names.push(name);
    if (typed && isDirectory) directories.add(name);
  }
  return { names: sortedByUtf8(names), directories };
}

/** Returns an iterator over known names, which must be in order. */
export function namesOf(names: readonly string[]): Names {
  return new PlainNames([...names], new Set());
}

class PlainNames implements Names {
  readonly #names: string[];
  readonly #directories: ReadonlySet<string>;
  #last = "";

  constructor(names: string[], directories: ReadonlySet<string>) {
    this.#names = names.reverse();
    this.#directories = directories;
  }

  isReady(): boolean {
    return true;
  }

  next(): string | undefined {
    const name = this.#names.pop();
    if (name !== undefined) this.#last = name;
    return name;
  }

  isDirectory(): boolean {
    return this.#directories.has(this.#last);
  }

  stat(path: string): Stat {
    return Deno.lstatSync(path);
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }
}
