import { type Entry, type EntryType, isMemberPath, MAX_PATH_BYTES } from "./entry.ts";
import { Damage } from "./failure.ts";
import { printable } from "./printable.ts";

/** The version of the index that this code writes, and the only one that it reads. */
export const INDEX_FORMAT = "nightdrop-index/1";

/** The longest line of an index that a reader takes: two paths with every byte escaped, and the rest. */
export const MAX_INDEX_LINE = 2 * 6 * MAX_PATH_BYTES + 4096;

/** One line of an index: an entry and the number of the volume that holds it, or a path that is gone. */
export type IndexLine =
  | { readonly volume: number; readonly entry: Entry; readonly gone?: never }
  | { readonly gone: string };

/** The first line, which ties an index to its snapshot. */
export function indexHeader(host: string, snapshot: string): string {
  return JSON.stringify({ format: INDEX_FORMAT, host, snapshot }) + "\n";
}

/** A line for one entry. The mode is octal, as people write it. */
export function encodeIndexLine(volume: number, entry: Entry): string {
  const { path, type, size, mode, uid, gid, user, group, mtime, link, device } = entry;
  const octal = mode.toString(8).padStart(4, "0");
  const line = { volume, path, type, size, mode: octal, uid, gid, user, group, mtime, link, device };
  return JSON.stringify(line) + "\n";
}

/** A line for a path that older volumes hold and that is no more. */
export function encodeGoneLine(path: string): string {
  return JSON.stringify({ gone: path }) + "\n";
}

/**
 * For each key of a line, in the order in which they stand, whether what it holds is well formed. Written out, since a reader
 * checks each line by it.
 */
type Shape = readonly (readonly [key: string, isWellFormed: (it: unknown) => boolean])[];

const isCount = (it: unknown): boolean => Number.isSafeInteger(it) && it as number >= 0;
const isId = (it: unknown): boolean => isCount(it) && it as number <= 0xffff_ffff;
const isNothing = (it: unknown): boolean => it === 0;
const isOwner = (it: unknown): boolean =>
  typeof it === "string" && it.length <= 1000 && !it.includes("\0") && it.isWellFormed();
const isPath = (it: unknown): boolean => typeof it === "string" && isMemberPath(it);
const isTarget = (it: unknown): boolean =>
  typeof it === "string" && it !== "" && it.length <= MAX_PATH_BYTES && !it.includes("\0") &&
  it.isWellFormed();
const isMode = (it: unknown): boolean => typeof it === "string" && /^[0-7]{4}$/.test(it);
const isDevice = (it: unknown): boolean => flawOf(it, DEVICE) === undefined;

const DEVICE: Shape = [["major", isId], ["minor", isId]];
const COMMON: Shape = [
  ["volume", (it): boolean => isCount(it) && it !== 0],
  ["path", isPath],
  ["type", (): boolean => true],
  ["size", isNothing],
  ["mode", isMode],
  ["uid", isId],
  ["gid", isId],
  ["user", isOwner],
  ["group", isOwner],
  ["mtime", Number.isSafeInteger],
];
const GONE_LINE: Shape = [["gone", isPath]];

const SHAPES: Readonly<Record<EntryType, Shape>> = {
  file: COMMON.map(([key, check]) => key === "size" ? [key, isCount] : [key, check]),
  directory: COMMON,
  fifo: COMMON,
  symlink: [...COMMON, ["link", isTarget]],
  hardlink: [...COMMON, ["link", isPath]],
  char: [...COMMON, ["device", isDevice]],
  block: [...COMMON, ["device", isDevice]],
};

/** How each line of a path that is gone begins. */
const GONE = '{"gone":';

/**
 * Reads a line of an index and refuses what {@link encodeIndexLine} and {@link encodeGoneLine} would not have written.
 *
 * @throws {Damage} when it is not such a line.
 */
export function decodeIndexLine(text: string): IndexLine {
  const line = parse(text);
  if (text.startsWith(GONE)) return wellFormed<{ gone: string }>(line, text, GONE_LINE);
  const type = Object(line).type as EntryType;
  if (!Object.hasOwn(SHAPES, type)) throw malformed("type");
  const { volume, mode, ...rest } = wellFormed<{ volume: number; mode: string } & Entry>(
    line,
    text,
    SHAPES[type],
  );
  return { volume, entry: { ...rest, mode: parseInt(mode, 8) } };
}

/** The path that a line speaks of that is no line of an index; undefined where that cannot be told. */
export function pathInBadLine(text: string): string | undefined {
  try {
    const { path } = Object(JSON.parse(text)) as { path?: unknown };
    return isPath(path) ? path as string : undefined;
  } catch {
    return undefined;
  }
}

const COUNT = "(?:0|[1-9]\\d*)";
const TEXT = '"[^"\\\\\\0-\\x1f]*"';

/**
 * What `JSON.stringify` makes of nearly every line: those with nothing to be escaped. To match it takes a third of the time
 * of writing the line once more.
 */
const USUAL = new RegExp(
  `^{"volume":${COUNT},"path":${TEXT},"type":"[a-z]+","size":${COUNT},"mode":"[0-7]{4}","uid":${COUNT},"gid":${COUNT},` +
    `"user":${TEXT},"group":${TEXT},"mtime":(?:0|-?[1-9]\\d*)(?:,"link":${TEXT})?}$`,
);

/** Each line has one form: no key comes twice, and no number or text is written in another way. */
function wellFormed<T>(it: unknown, text: string, shape: Shape): T {
  const flaw = flawOf(it, shape);
  if (flaw !== undefined) throw malformed(flaw);
  if (!USUAL.test(text) && JSON.stringify(it) !== text) {
    throw new Damage("A line of the index is not in the only form that is read");
  }
  return it as T;
}

/** The key that is missing, unknown, in another place or holds something wrong; undefined where all is well. */
function flawOf(it: unknown, shape: Shape): string | undefined {
  const record = Object(it) as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  for (let at = 0; at < shape.length; at++) {
    const [key, isWellFormed] = shape[at]!;
    if (keys[at] !== key || !isWellFormed(record[key])) return keys[at] ?? key;
  }
  return keys[shape.length];
}

function malformed(key: string): Damage {
  return new Damage(`A line of the index is not well formed at "${printable(key)}"`);
}

/**
 * Checks the first line of an index.
 *
 * @throws {Damage} when the index is of another snapshot or format.
 */
export function checkIndexHeader(text: string, host: string, snapshot: string): void {
  if (text + "\n" !== indexHeader(host, snapshot)) {
    throw new Damage(`The index is not that of snapshot ${snapshot} of ${host}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Damage("A line of the index is not JSON");
  }
}
