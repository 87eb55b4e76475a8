import { Damage } from "./failure.ts";

/** How {@link parseStrictJson} reads. */
export interface StrictJsonOptions {
  /** Name of the text for messages: "The receipt". */
  readonly label: string;
  /** Arrays and objects that may stand within each other. */
  readonly maxDepth: number;
  /** Blanks of each level of indentation, as `JSON.stringify` takes them. */
  readonly indent?: number;
}

/**
 * Value of a JSON text that is written in the only form that is read: exactly as `JSON.stringify` writes it. So no key
 * comes twice, and there is no white space, number (`-0`, `1e3`, `1.0`), escape or half of a surrogate pair for which
 * another reader could read something else.
 *
 * The depth is checked before the text is parsed: parsed brackets take 50 times the memory of their text.
 *
 * @throws {Damage} if the text is anything else.
 */
export function parseStrictJson(text: string, { label, maxDepth, indent = 0 }: StrictJsonOptions): unknown {
  if (isDeeper(text, maxDepth)) throw new Damage(`${label} is nested too deeply`);
  const value = parse(text, label);
  if (JSON.stringify(value, null, indent) !== text || hasLoneSurrogate(text, value)) {
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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `{` and `}` differ from `[` and `]` in one bit. */
const CASE = 0x20;
const OPEN = 0x5b | CASE;
const CLOSE = 0x5d | CASE;

function isDeeper(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if ((unit | CASE) === OPEN && ++depth > limit) return true;
    else if ((unit | CASE) === CLOSE) depth -= 1;
  }
  return false;
}

/** Where the string that begins at `start` ends; the end of the text if it does not. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return at;
    if (unit === BACKSLASH) at += 1;
  }
  return text.length;
}

/** `JSON.stringify` escapes the half of a surrogate pair, in lower case. The text is seldom worth the second look. */
function hasLoneSurrogate(text: string, value: unknown): boolean {
  return text.includes("\\ud") && !isWellFormed(value);
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, it]) => key.isWellFormed() && isWellFormed(it));
}
