/**
 * Reads and changes one member of a JSON text with comments, which `deno.json` may have, and leaves the rest
 * unchanged. Loading the parser takes longer than reading most of these texts, so it is loaded only for texts
 * that `JSON.parse` refuses.
 *
 * @module
 */
import type { FormattingOptions, ParseError } from "jsonc-parser";
import { Failure } from "../model/failure.ts";
import { isObject } from "../model/object.ts";

/**
 * Returns the value at `path`; undefined if there is none.
 *
 * @throws {Failure} if the text is not a JSON object.
 */
export async function readMember(text: string, path: readonly string[]): Promise<unknown> {
  let value: unknown = await parsed(text);
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/**
 * Returns the text with `value` at `path`, indented like the rest.
 *
 * @throws {Failure} if the text is not a JSON object, or if a value on the path is not an object.
 */
export async function writeMember(text: string, path: readonly string[], value: unknown): Promise<string> {
  for (let depth = 0; depth < path.length; depth++) {
    const around = path.slice(0, depth);
    const there = await readMember(text, around);
    if (there !== undefined && !isObject(there)) throw new Failure(`"${around.join(".")}" is not an object`);
  }
  const { applyEdits, format, modify } = await import("jsonc-parser");
  const [edit] = modify(text, [...path], value, {});
  if (edit === undefined) return text;
  const changed = applyEdits(text, [edit]);
  // With formatting options, `modify` would format the lines around the change as well. A new member breaks the lines
  // beside it.
  const beside = edit.length === 0 ? 1 : 0;
  const range = { offset: edit.offset - beside, length: edit.content.length + 2 * beside };
  return applyEdits(changed, format(changed, range, styleOf(text)));
}

async function parsed(text: string): Promise<object> {
  const value = plain(text) ?? await withComments(text);
  if (!isObject(value)) throw new Failure("It is not a JSON object");
  return value;
}

function plain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function withComments(text: string): Promise<unknown> {
  const { parse, printParseErrorCode } = await import("jsonc-parser");
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors[0] === undefined) return value;
  const { error, offset } = errors[0];
  const lines = text.slice(0, offset).split("\n");
  const what = printParseErrorCode(error).replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  throw new Failure(`${what} at line ${lines.length}, column ${lines.at(-1)!.length + 1}`);
}

/** Returns the indentation of the text: that of its first indented line. */
function styleOf(text: string): FormattingOptions {
  const indent = /^[ \t]+(?=\S)/m.exec(text)?.[0] ?? "  ";
  return { insertSpaces: !indent.startsWith("\t"), tabSize: indent.length, eol: "\n" };
}
