import { Damage } from "./failure.ts";

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
 * The depth is checked before the text is parsed: parsed brackets take 50 times the memory of their text.
 *
 * @throws {Damage} if the text has another form.
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
/** Bit in which `{` and `}` differ from `[` and `]`. */
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
