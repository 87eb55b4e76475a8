const encoder = new TextEncoder();

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
  return new PlainNames(sortedByBytes(names), directories);
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

/**
 * Sorts `names` by their UTF-8 bytes, in place, as `LC_ALL=C sort` and SQLite do. JavaScript's own order, by UTF-16
 * units, differs only where surrogates are.
 */
export function sortedByBytes(names: string[]): string[] {
  const astral = names.some((name) => /[\ud800-\udfff]/.test(name));
  return astral ? names.sort(compareBytes) : names.sort();
}

function compareBytes(one: string, other: string): number {
  const left = encoder.encode(one);
  const right = encoder.encode(other);
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1);
}
