/**
 * Reads and changes one member of a JSON text (with comments, as `deno.json` may have them) and leaves all else as
 * it was written.
 */
import { Failure } from "../model/failure.ts";

/** Where something stands in the text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface Member extends Span {
  readonly key: string;
}

/** The value at `path`, or undefined where there is none, or one that has comments in it. */
export function readMember(text: string, path: readonly string[]): unknown {
  const span = find(text, path);
  try {
    return span && JSON.parse(text.slice(span.start, span.end));
  } catch {
    return undefined;
  }
}

/**
 * The text with `value` at `path`.
 *
 * @throws {Failure} when the text is no JSON object.
 */
export function writeMember(text: string, path: readonly string[], value: unknown): string {
  const span = find(text, path);
  if (span !== undefined) {
    return text.slice(0, span.start) + printed(value, indentation(text, span.start)) + text.slice(span.end);
  }
  const [key, parent] = [path.at(-1)!, path.slice(0, -1)];
  const around = find(text, parent);
  return around === undefined
    ? writeMember(text, parent, { [key]: value })
    : append(text, around, key, value);
}

/** Adds a member at the end of the object that stands at `around`. */
function append(text: string, around: Span, key: string, value: unknown): string {
  const outer = indentation(text, around.start);
  const inner = outer + "  ";
  const last = members(text, around).at(-1);
  const at = last?.end ?? around.start + 1;
  const added = `${last ? "," : ""}\n${inner}${JSON.stringify(key)}: ${printed(value, inner)}`;
  const rest = text.slice(at);
  return text.slice(0, at) + added + (last ? rest : `\n${outer}${rest.trimStart()}`);
}

function printed(value: unknown, indent: string): string {
  return JSON.stringify(value, null, 2).replaceAll("\n", `\n${indent}`);
}

/** The white space that the line of `at` begins with. */
function indentation(text: string, at: number): string {
  return /^\s*/.exec(text.slice(text.lastIndexOf("\n", at) + 1))![0];
}

function find(text: string, path: readonly string[]): Span | undefined {
  let span: Span | undefined = { start: blank(text, 0), end: text.length };
  for (const key of path) {
    if (text[span.start] !== "{") return undefined;
    span = members(text, span).find((member) => member.key === key);
    if (span === undefined) return undefined;
  }
  return span;
}

/** The members of the object that begins at `start`. */
function members(text: string, { start }: Span): Member[] {
  const found: Member[] = [];
  let at = blank(text, start + 1);
  while (text[at] !== "}") {
    const name = valueEnd(text, at);
    const key: unknown = JSON.parse(text.slice(at, name));
    const from = blank(text, expect(text, blank(text, name), ":"));
    const end = valueEnd(text, from);
    found.push({ key: String(key), start: from, end });
    at = blank(text, end);
    if (text[at] === ",") at = blank(text, at + 1);
    else if (text[at] !== "}") throw malformed(at);
  }
  return found;
}

const STRING = /"(?:[^"\\]|\\.)*"/y;
const WORD = /[-+.\w]+/y;
const BLANK = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;

/** Where the value that begins at `at` has ended. */
function valueEnd(text: string, at: number): number {
  const plain = match(STRING, text, at) ?? match(WORD, text, at);
  if (plain !== undefined) return plain;
  if (text[at] !== "{" && text[at] !== "[") throw malformed(at);
  const close = text[at] === "{" ? "}" : "]";
  for (at = blank(text, at + 1); text[at] !== close; at = blank(text, at)) {
    at = text[at] === "," || text[at] === ":" ? at + 1 : valueEnd(text, at);
  }
  return at + 1;
}

/** Where white space and comments end. */
function blank(text: string, at: number): number {
  return match(BLANK, text, at)!;
}

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function expect(text: string, at: number, sign: string): number {
  if (text[at] !== sign) throw malformed(at);
  return at + 1;
}

function malformed(at: number): Failure {
  return new Failure(`The JSON cannot be understood at its character ${at + 1}`);
}
