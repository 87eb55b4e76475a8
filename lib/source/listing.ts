const encoder = new TextEncoder();

/** What a directory holds. */
export interface Listing {
  /** In order. A name that is not UTF-8 has U+FFFD for what could not be read. */
  readonly names: string[];
  /** Those that the directory itself says are directories: to ask what is mounted there can take for ever. */
  readonly directories: ReadonlySet<string>;
}

/** Lists a directory; with `typed` it says which names are directories. */
export function listFolder(path: string, typed: boolean): Listing {
  const names: string[] = [];
  const directories = new Set<string>();
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    names.push(name);
    if (typed && isDirectory) directories.add(name);
  }
  return { names: inOrder(names), directories };
}

/**
 * Sorts `names` by their UTF-8 bytes, in place, as `LC_ALL=C sort` and SQLite do. JavaScript's own order, by UTF-16
 * units, differs only where surrogates are.
 */
export function inOrder(names: string[]): string[] {
  const astral = names.some((name) => /[\ud800-\udfff]/.test(name));
  return astral ? names.sort(compareBytes) : names.sort();
}

function compareBytes(one: string, other: string): number {
  const left = encoder.encode(one);
  const right = encoder.encode(other);
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1);
}
