const encoder = new TextEncoder();

/** The names in a folder, in order. A name that is not UTF-8 has U+FFFD for what could not be read. */
export function listFolder(path: string): string[] {
  const names: string[] = [];
  for (const { name } of Deno.readDirSync(path)) names.push(name);
  return inOrder(names);
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
