/** The order of texts by their UTF-8 bytes, which is that of code points, of `LC_ALL=C sort`, of SQLite and of S3's lists. */

/** Returns a number below zero where `one` comes before `other`, above zero where it comes after, and zero for the same. */
export function compareUtf8(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  if (at === length) return one.length - other.length;
  const [left, right] = [one.charCodeAt(at), other.charCodeAt(at)];
  // Of two units that differ, one of a surrogate pair stands for a code point above all that one unit can hold.
  return Number(isSurrogate(left)) - Number(isSurrogate(right)) || left - right;
}

/** Sorts texts in place, and returns them. JavaScript's own order, by UTF-16 units, is faster and differs only at surrogates. */
export function sortedByUtf8(texts: string[]): string[] {
  const astral = texts.some((text) => /[\ud800-\udfff]/.test(text));
  return astral ? texts.sort(compareUtf8) : texts.sort();
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}
