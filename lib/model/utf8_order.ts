/**
 * Order of texts by their UTF-8 bytes: the order of code points, of `LC_ALL=C sort`, of SQLite and of S3's
 * lists.
 *
 * @module
 */

/** Part of a code point above U+FFFF. In a text of Latin-1 characters it is not searched for. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Returns a negative number if `one` comes before `other`, a positive one if it comes after, and zero if they
 * are equal. JavaScript's own order, by UTF-16 units, is faster and differs only at surrogates.
 */
export function compareUtf8(one: string, other: string): number {
  if (SURROGATE.test(one) || SURROGATE.test(other)) return compareCodePoints(one, other);
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function compareCodePoints(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  if (at === length) return one.length - other.length;
  const [left, right] = [one.charCodeAt(at), other.charCodeAt(at)];
  // A unit of a surrogate pair belongs to a code point above all code points of a single unit.
  return Number(isSurrogate(left)) - Number(isSurrogate(right)) || left - right;
}

/** Sorts texts in place, and returns them. */
export function sortedByUtf8(texts: string[]): string[] {
  return texts.some((text) => SURROGATE.test(text)) ? texts.sort(compareCodePoints) : texts.sort();
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}
