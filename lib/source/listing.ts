import { sortedByUtf8 } from "../model/utf8_order.ts";

/** The names in a directory, one after the other. */
export interface Names {
  /**
   * The next name in order; undefined behind the last. A name that is not UTF-8 has U+FFFD for what could not be read: two
   * that differ only there come one after the other as the same.
   */
  next(): string | undefined;
  /** Whether the directory says that the name given last is a directory: to ask what is mounted there can take for ever. */
  isDirectory(): boolean;
  /** Whether the directory holds a name. */
  has(name: string): boolean;
}

/**
 * Lists a directory at once.
 *
 * @param typed whether `isDirectory` is asked.
 * @throws as `Deno.readDirSync` does.
 */
export function listDirectory(path: string, typed: boolean): Names {
  const names: string[] = [];
  const directories = new Set<string>();
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    names.push(name);
    if (typed && isDirectory) directories.add(name);
  }
  return new PlainNames(sortedByUtf8(names), directories);
}

/** Names that are known, in order. */
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

  next(): string | undefined {
    const name = this.#names.pop();
    if (name !== undefined) this.#last = name;
    return name;
  }

  isDirectory(): boolean {
    return this.#directories.has(this.#last);
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }
}
