import { Buffer } from "node:buffer";

/** Names that a store may stumble over. Their order by bytes is not the one of their UTF-16 code units, nor the one of a directory by directory walk. */
export const NAMES = [
  "a b",
  "a+b",
  "a%2Fb",
  "a%b",
  "a-b/c",
  "a-b/c+d",
  "a.b",
  "a/b/c",
  "a/b-c",
  "a/b.c",
  "a/b c/d",
  "a/ä",
  "A",
  "B/x",
  "#?*[x]{y}",
  "&amp;<x>",
  "'single'",
  '"double"',
  "back\\slash",
  "colon:semi;at@eq=",
  "~tilde",
  "e\u0301 and \u00e9",
  "日本/語",
  "\uff5e/full-width",
  "😀/astral",
  "|pipe^`$!(),",
  " leading and trailing ",
  "000001.000000-0a/index",
];

/** The oracle for the order of names: `memcmp` of their UTF-8. */
export function byBytes(names: readonly string[]): string[] {
  return [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
