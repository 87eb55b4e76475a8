// What the program getfattr (Debian's package attr) says of files. A path is printed as "# file: PATH", then each attribute as
// NAME=0sBASE64, then an empty line. In paths and names a line break, a carriage return, a backslash and in names "=" are
// written as "\" and three octal digits; all other bytes come as they are. A file without attributes is not printed at all.
import { Buffer } from "node:buffer";

/** Name of the program. */
export const GETFATTR = "getfattr";

/**
 * Returns the arguments for a list of absolute paths: not recursive, without following links, with attributes
 * of all namespaces.
 */
export function getfattrArguments(files: readonly string[]): string[] {
  return ["-h", "-d", "-m", "-", "-e", "base64", "--absolute-names", "--", ...files];
}

/** Attribute as getfattr prints it. */
export interface PrintedAttribute {
  /** Name of the attribute, one character for each byte. */
  readonly name: string;
  /** Value in base64. */
  readonly value: string;
}

/** Standard output of getfattr, parsed. */
export interface Printed {
  /** Attributes of each file that has some, by the position of the file in the list. */
  readonly attributes: Map<number, readonly PrintedAttribute[]>;
  /**
   * Position of the file whose attributes are incomplete because the output was truncated; undefined if there
   * is none.
   */
  readonly brokenOff: number | undefined;
}

/** Error for output that getfattr does not print. */
export class Unintelligible extends Error {
  override readonly name = "Unintelligible";
}

/**
 * Parses the standard output of getfattr.
 *
 * @param files List of files that it was started with.
 * @throws {Unintelligible} if it is anything other than attributes of these files, in their order.
 */
export function readOutput(bytes: Uint8Array, files: readonly string[]): Printed {
  const text = latin1(bytes);
  const attributes = new Map<number, readonly PrintedAttribute[]>();
  let place = -1;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n\n", at);
    const [head, ...lines] = text.slice(at, end < 0 ? text.length : end).split("\n");
    if (end < 0 && lines.length === 0) break; // truncated within a path
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

/** Paths that getfattr prints without escapes: most of them. */
const PLAIN = /^[ -[\]-~]*$/;

/** Returns a path as getfattr prints it. */
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

/** Error message of getfattr for a file, or for one of its attributes, that it could not read. */
export interface PrintedError {
  /** Position of the file in the list. */
  readonly place: number;
  /** Message, such as `No such file or directory`, or `user.a: Permission denied`. */
  readonly message: string;
}

/**
 * Parses the standard error of getfattr: `getfattr: PATH: MESSAGE` for files of the list, in their order.
 *
 * @throws {Unintelligible} if it contains anything else.
 */
export function readErrors(bytes: Uint8Array, files: readonly string[]): PrintedError[] {
  const text = latin1(bytes);
  const errors: PrintedError[] = [];
  let place = 0;
  for (let at = 0; at < text.length;) {
    const begin = (): string => `getfattr: ${quoted(files[place]!)}: `;
    while (place < files.length && !text.startsWith(begin(), at)) place += 1;
    if (place === files.length) throw new Unintelligible(`it printed: ${text.slice(at, at + 200)}`);
    const start = at + begin().length;
    const end = text.indexOf("\n", start);
    at = end < 0 ? text.length : end + 1;
    errors.push({ place, message: text.slice(start, end < 0 ? text.length : end) });
  }
  return errors;
}
