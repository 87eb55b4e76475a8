// What the program getfattr (Debian's package attr) says of files. A path is printed as "# file: PATH", then each attribute as
// NAME=0sBASE64, then an empty line. In paths and names a line break, a carriage return, a backslash and in names "=" are
// written as "\" and three octal digits; all other bytes come as they are. A file without attributes is not printed at all.
import { Buffer } from "node:buffer";

/** The program. */
export const GETFATTR = "getfattr";

/** The arguments for a list of absolute paths: nothing below them, links themselves, attributes of every kind. */
export function getfattrArguments(files: readonly string[]): string[] {
  return ["-h", "-d", "-m", "-", "-e", "base64", "--absolute-names", "--", ...files];
}

/** An attribute as it was printed. */
export interface PrintedAttribute {
  /** Its name, a character for each byte. */
  readonly name: string;
  /** Its value in base64. */
  readonly value: string;
}

/** What was printed. */
export interface Printed {
  /** The attributes of each file that has some, by its place in the list. */
  readonly attributes: Map<number, readonly PrintedAttribute[]>;
  /** The place of the file whose attributes break off where the output does; undefined where none do. */
  readonly brokenOff: number | undefined;
}

/** What is not what getfattr prints. */
export class Unintelligible extends Error {
  override readonly name = "Unintelligible";
}

/**
 * Reads its standard output.
 *
 * @param files the list that it was started with.
 * @throws {Unintelligible} if it is anything else than what getfattr prints of these files, in their order.
 */
export function readOutput(bytes: Uint8Array, files: readonly string[]): Printed {
  const text = latin1(bytes);
  const attributes = new Map<number, readonly PrintedAttribute[]>();
  let place = -1;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n\n", at);
    const [head, ...lines] = text.slice(at, end < 0 ? text.length : end).split("\n");
    if (end < 0 && lines.length === 0) break; // within the path
    place = placeOf(head!, files, place + 1);
    attributes.set(place, (end < 0 ? lines.slice(0, -1) : lines).map(attributeOf));
    if (end < 0) return { attributes, brokenOff: place };
    at = end + 2;
  }
  return { attributes, brokenOff: undefined };
}

const HEAD = "# file: ";

function placeOf(head: string, files: readonly string[], from: number): number {
  for (let place = from; place < files.length; place += 1) {
    if (head.startsWith(HEAD) && head.slice(HEAD.length) === quoted(files[place]!)) return place;
  }
  throw new Unintelligible("it printed something else than attributes of the files that it was asked for");
}

const ATTRIBUTE = /^([^=]+)(?:=(?:0s([A-Za-z0-9+/]*={0,2})|""|))?$/s;

function attributeOf(line: string): PrintedAttribute {
  const match = ATTRIBUTE.exec(line);
  if (match === null) throw new Unintelligible("it printed an attribute in another form");
  const [, name, value = ""] = match;
  return { name: unquoted(name!), value };
}

/** Most paths stay as they are. */
const PLAIN = /^[ -[\]-~]*$/;

/** A path as it is printed. */
function quoted(file: string): string {
  if (PLAIN.test(file)) return file;
  return latin1(Buffer.from(file)).replace(/[\n\r\\]/g, (it) => `\\${octal(it.charCodeAt(0))}`);
}

function octal(code: number): string {
  return code.toString(8).padStart(3, "0");
}

function unquoted(name: string): string {
  return name.replace(/\\([0-3][0-7]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** What it says of a file that it could not look at, or of one of whose attributes it could not. */
export interface PrintedError {
  /** The place of the file in the list. */
  readonly place: number;
  /** Such as `No such file or directory`, or `user.a: Permission denied`. */
  readonly message: string;
}

/**
 * Reads its standard error: `getfattr: PATH: MESSAGE` for files of the list, in their order.
 *
 * @throws {Unintelligible} if there is anything else.
 */
export function readErrors(bytes: Uint8Array, files: readonly string[]): PrintedError[] {
  const text = latin1(bytes);
  const errors: PrintedError[] = [];
  let place = 0;
  for (let at = 0; at < text.length;) {
    const begin = (): string => `getfattr: ${quoted(files[place]!)}: `;
    while (place < files.length && !text.startsWith(begin(), at)) place += 1;
    if (place === files.length) throw new Unintelligible(`it said: ${text.slice(at, at + 200)}`);
    const start = at + begin().length;
    const end = text.indexOf("\n", start);
    at = end < 0 ? text.length : end + 1;
    errors.push({ place, message: text.slice(start, end < 0 ? text.length : end) });
  }
  return errors;
}
