// Controls, format characters (the marks that reorder or hide text: Unicode TR36, "bidirectional text
// spoofing"), line and paragraph separators, lone surrogates; and the escape character itself.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_OR_ESCAPE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/gu;

/** Matches a text of ASCII characters of which none is escaped: nearly all names. The match takes a third of the time of a replacement. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;

const SHORT: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\t": "\\t" };

/**
 * Returns `text` with everything escaped that could control a terminal or disguise a name. The names in a
 * backup are written by an untrusted host. A backslash is doubled, so different names stay different.
 *
 * ```ts
 * import { printable } from "./printable.ts";
 * import assert from "assert";
 * assert.equal(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
 * ```
 */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNPRINTABLE_OR_ESCAPE, shown);
}

/** Maximum length of a path in a message, in characters: member paths can have 32 KiB. */
const MAX_SHOWN = 200;

/** Returns a path for a message: escaped like {@link printable}, and cut if it is very long. */
export function printablePath(path: string): string {
  return printable(path.length > MAX_SHOWN ? `${path.slice(0, MAX_SHOWN)}…` : path);
}

/** Returns the text that {@link printable} shows as `text`; undefined if there is none. */
export function unprinted(text: string): string | undefined {
  const plain = text.replace(
    /\\(?:([\\nt])|x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\})/g,
    (escape, short, byte, code) => short ? LONG[short]! : characterOf(byte ?? code) ?? escape,
  );
  return printable(plain) === text ? plain : undefined;
}

function characterOf(hexadecimal: string): string | undefined {
  const code = Number.parseInt(hexadecimal, 16);
  return code > 0x10ffff ? undefined : String.fromCodePoint(code);
}

const LONG: Readonly<Record<string, string>> = { "\\": "\\", n: "\n", t: "\t" };

/**
 * Returns a message as one line that cannot control a terminal: escapes what {@link printable} escapes,
 * except the backslash. It is applied to every message last: names that `printable` returned stay as they
 * are.
 */
export function oneLine(message: string): string {
  return PLAIN.test(message) ? message : message.replace(UNPRINTABLE, shown);
}

/**
 * Returns `value` as one line of JSON that is safe on a terminal: characters that {@link printable} escapes
 * are written as `\u` escapes, which every JSON parser reads back (RFC 8259, section 7).
 */
export function jsonLine(value: unknown): string {
  return withEscapes(JSON.stringify(value));
}

/** Returns `value` as indented JSON that people and programs read, with the escapes of {@link jsonLine}. */
export function jsonDocument(value: unknown): string {
  return JSON.stringify(value, null, 2).split("\n").map(withEscapes).join("\n") + "\n";
}

function withEscapes(json: string): string {
  return json.replace(
    UNPRINTABLE,
    (character) =>
      character.split("").map((unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0")).join(""),
  );
}

function shown(character: string): string {
  return SHORT[character] ?? escaped(character.codePointAt(0)!);
}

function escaped(code: number): string {
  if (code < 0x100) return "\\x" + code.toString(16).padStart(2, "0");
  return "\\u{" + code.toString(16) + "}";
}
