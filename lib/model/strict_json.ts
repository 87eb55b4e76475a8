import { Damage } from "./failure.ts";

/** Maximum number of values in a text: a receipt of 32 MiB needs up to 1.24 million. */
export const MAX_VALUES = 1_250_000;

/** Maximum number of members of one object. */
export const MAX_MEMBERS = 1000;

/** Options of {@link parseStrictJson}. */
export interface StrictJsonOptions {
  /** Name of the text for messages, such as "The receipt". */
  readonly label: string;
  /** Maximum nesting of arrays and objects. */
  readonly maxDepth: number;
  /** Spaces of each level of indentation, as for `JSON.stringify`. */
  readonly indent?: number;
}

/**
 * Returns the value of a JSON text in the only form that is read: exactly as `JSON.stringify` writes it. So
 * no key occurs twice, and there is no white space, number (`-0`, `1e3`, `1.0`), escape or unpaired surrogate
 * that another reader could interpret differently.
 *
 * Depth and number of values are checked before the text is parsed: parsed brackets take 50 times the memory of their text.
 *
 * @throws {Damage} if the text has another form, more than {@link MAX_VALUES} values, or an object with more than
 * {@link MAX_MEMBERS} members.
 */
export function parseStrictJson(text: string, { label, maxDepth, indent = 0 }: StrictJsonOptions): unknown {
  const excess = excessIn(text, maxDepth);
  if (excess !== undefined) throw new Damage(`${label} ${excess}`);
  const value = parse(text, label);
  if (!isWritten(text, value, indent) || hasLoneSurrogate(text, value)) {
    throw new Damage(`${label} is not JSON in the only form that is read`);
  }
  return value;
}

function parse(text: string, label: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Damage(`${label} is not JSON`);
  }
}

/** Values of a text that are written at a time. */
const AT_A_TIME = 1000;

/**
 * Whether `JSON.stringify` writes a value exactly so. Compares piece by piece, because the whole text written again would take
 * its memory once more.
 */
function isWritten(text: string, value: unknown, indent: number): boolean {
  let at = 0;
  const take = (piece: string): boolean => {
    const isNext = text.startsWith(piece, at);
    at += piece.length;
    return isNext;
  };
  const takeValue = (it: unknown, depth: number): boolean => {
    if (countUpTo(AT_A_TIME, it) < AT_A_TIME) return take(writtenInside(it, depth, indent));
    const [open, close, colon] = Array.isArray(it) ? ["[", "]"] : ["{", "}", indent === 0 ? ":" : ": "];
    const [line, end] = [depth + 1, depth].map((deep) =>
      indent === 0 ? "" : "\n" + " ".repeat(indent * deep)
    );
    let before = open;
    for (const [key, inner] of entriesOf(it as object)) {
      if (!take(before + line + (colon === undefined ? "" : JSON.stringify(key) + colon))) return false;
      if (!takeValue(inner, depth + 1)) return false;
      before = ",";
    }
    return take(end + close);
  };
  return takeValue(value, 0) && at === text.length;
}

/** Number of values in a value, itself included, as far as `limit`. */
function countUpTo(limit: number, value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    count += countUpTo(limit - count, inner);
    if (count >= limit) break;
  }
  return count;
}

function entriesOf(value: object): Iterable<readonly [key: string | number, inner: unknown]> {
  return Array.isArray(value) ? value.entries() : Object.entries(value);
}

/** The text of a value that lies inside so many others. */
function writtenInside(value: unknown, depth: number, indent: number): string {
  let outer = value;
  let [before, behind] = [0, 0];
  for (let level = 0; level < depth; level += 1) {
    outer = [outer];
    before += indent === 0 ? 1 : 2 + indent * (level + 1);
    behind += indent === 0 ? 1 : 2 + indent * level;
  }
  const written = JSON.stringify(outer, null, indent);
  return written.slice(before, written.length - behind);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
/** Bit in which `{` and `}` differ from `[` and `]`. */
const CASE = 0x20;
const OPEN = 0x5b | CASE;
const CLOSE = 0x5d | CASE;

/** Returns in words what a text has too much of; undefined if it has not. It need not be JSON. */
function excessIn(text: string, maxDepth: number): string | undefined {
  const members = [0];
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if (unit === COMMA || (unit | CASE) === OPEN) values += 1;
    if (unit === COLON) members[members.length - 1]! += 1;
    else if ((unit | CASE) === OPEN) members.push(0);
    else if ((unit | CASE) === CLOSE && members.length > 1) members.pop();
    else continue;
    if (members.length > maxDepth + 1) return "is nested too deeply";
    if (members.at(-1)! > MAX_MEMBERS) return `has an object with more than ${MAX_MEMBERS} members`;
  }
  return values > MAX_VALUES ? `has more than ${MAX_VALUES} values` : undefined;
}

/**
 * Returns the index of the end of the string that begins at `start`; the end of the text if it does not end.
 */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return at;
    if (unit === BACKSLASH) at += 1;
  }
  return text.length;
}

/**
 * Whether a text contains an unpaired surrogate, which `JSON.stringify` escapes in lower case. The second
 * check is rarely needed.
 */
function hasLoneSurrogate(text: string, value: unknown): boolean {
  return text.includes("\\ud") && !isWellFormed(value);
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, it]) => key.isWellFormed() && isWellFormed(it));
}
