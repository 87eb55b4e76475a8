/**
 * Order of texts by their UTF-8 bytes: the order of code points, of `LC_ALL=C sort`, of SQLite and of S3's
 * lists.
 *
 * @module
 */

/**
 * Returns a negative number if `one` comes before `other`, a positive one if it comes after, and zero if they
 * are equal.
 */
export function compareUtf8(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  if (at === length) return one.length - other.length;
  const [left, right] = [one.charCodeAt(at), other.charCodeAt(at)];
  // A unit of a surrogate pair belongs to a code point above all code points of a single unit.
  return Number(isSurrogate(left)) - Number(isSurrogate(right)) || left - right;
}

/**
 * Sorts texts in place, and returns them. JavaScript's own order, by UTF-16 units, is faster and differs only
 * at surrogates.
 */
export function sortedByUtf8(texts: string[]): string[] {
  const astral = texts.some((text) => /[\ud800-\udfff]/.test(text));
  return astral ? texts.sort(compareUtf8) : texts.sort();
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}
