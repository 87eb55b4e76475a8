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
  return JSON.stringify({ volume, ...entry, mode: entry.mode.toString(8).padStart(4, "0") }) + "\n";
}

/** A line for a path that older volumes hold and that is no more. */
export function encodeGoneLine(path: string): string {
  return JSON.stringify({ gone: path }) + "\n";
}

/** For each key of a line whether what it holds is well formed. Written out, since a reader checks each line by it. */
type Shape = ReadonlyMap<string, (it: unknown) => boolean>;

const isCount = (it: unknown): boolean => Number.isSafeInteger(it) && it as number >= 0;
const isId = (it: unknown): boolean => isCount(it) && it as number <= 0xffff_ffff;
const isNothing = (it: unknown): boolean => it === 0;
const isOwner = (it: unknown): boolean => typeof it === "string" && it.length <= 1000;
const isPath = (it: unknown): boolean => typeof it === "string" && isMemberPath(it);
const isTarget = (it: unknown): boolean =>
  typeof it === "string" && it !== "" && it.length <= MAX_PATH_BYTES && !it.includes("\0");
const isMode = (it: unknown): boolean => typeof it === "string" && /^[0-7]{4}$/.test(it);
const isDevice = (it: unknown): boolean => flawOf(it, DEVICE) === undefined;

const DEVICE: Shape = new Map([["major", isId], ["minor", isId]]);
const COMMON: Shape = new Map([
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
]);
const GONE_LINE: Shape = new Map([["gone", isPath]]);

const SHAPES: Readonly<Record<EntryType, Shape>> = {
  file: new Map([...COMMON, ["size", isCount]]),
  directory: COMMON,
  fifo: COMMON,
  symlink: new Map([...COMMON, ["link", isTarget]]),
  hardlink: new Map([...COMMON, ["link", isPath]]),
  char: new Map([...COMMON, ["device", isDevice]]),
  block: new Map([...COMMON, ["device", isDevice]]),
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
  if (text.startsWith(GONE)) return wellFormed<{ gone: string }>(line, GONE_LINE);
  const type = Object(line).type as EntryType;
  if (!Object.hasOwn(SHAPES, type)) throw malformed("type");
  const { volume, mode, ...rest } = wellFormed<{ volume: number; mode: string } & Entry>(line, SHAPES[type]);
  return { volume, entry: { ...rest, mode: parseInt(mode, 8) } };
}

function wellFormed<T>(it: unknown, shape: Shape): T {
  const flaw = flawOf(it, shape);
  if (flaw !== undefined) throw malformed(flaw);
  return it as T;
}

/** The key that is missing, unknown or holds something wrong; undefined where all is well. */
function flawOf(it: unknown, shape: Shape): string | undefined {
  const record = Object(it) as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  for (const key of keys) if (!shape.get(key)?.(record[key])) return key;
  if (keys.length === shape.size) return undefined;
  return shape.keys().find((key) => !Object.hasOwn(record, key));
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
