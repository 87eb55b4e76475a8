// Controls, format characters (the marks that reorder or hide text: Unicode TR36, "bidirectional text
// spoofing"), line and paragraph separators, lone surrogates; and the escape character itself.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/gu;

const SHORT: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\t": "\\t" };

/**
 * `text` with everything escaped that could steer a terminal or disguise a name: the names in a backup are the
 * word of a host that nobody trusts. A backslash is doubled, so different names stay different.
 *
 * ```ts
 * import { printable } from "./printable.ts";
 * import assert from "assert";
 * assert.equal(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
 * ```
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => SHORT[character] ?? escaped(character.codePointAt(0)!));
}

function escaped(code: number): string {
  if (code < 0x100) return "\\x" + code.toString(16).padStart(2, "0");
  return "\\u{" + code.toString(16) + "}";
}
