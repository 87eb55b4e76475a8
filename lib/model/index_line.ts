import { isAcl } from "./acl.ts";
import { isWithinLimit, isXattrs, MAX_ATTRIBUTE_BYTES } from "./attributes.ts";
import { type Entry, type EntryType, isMemberPath, MAX_PATH_BYTES } from "./entry.ts";
import { Damage } from "./failure.ts";
import { printable } from "./printable.ts";

/** The longest line of an index that a reader takes: two paths and attributes with every byte escaped, and the rest. */
export const MAX_INDEX_LINE = 6 * (2 * MAX_PATH_BYTES + MAX_ATTRIBUTE_BYTES) + 4096;

/** One line of an index: an entry and the number of the volume that holds it, or a path that is gone. */
export type IndexLine =
  | { readonly volume: number; readonly entry: Entry; readonly gone?: never }
  | { readonly gone: string };

/** A line for one entry. The mode is octal, as people write it. */
export function encodeIndexLine(volume: number, entry: Entry): string {
  const { path, type, size, uid, gid, user, group, mtime, link, device } = entry;
  const { sparse, acl, defaultAcl, xattrs } = entry;
  const mode = octalMode(entry.mode);
  const stat = { volume, path, type, size, mode, uid, gid, user, group, mtime, link, device };
  return JSON.stringify(Object.assign(stat, { sparse, acl, defaultAcl, xattrs })) + "\n";
}

/** Returns a mode as an index has it: four octal digits. */
export function octalMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** A line for a path that older volumes hold and that is no more. */
export function encodeGoneLine(path: string): string {
  return JSON.stringify({ gone: path }) + "\n";
}

/**
 * For each key of a line, in the order in which they stand, whether what it holds is well formed. Written out, since a reader
 * checks each line by it.
 */
export type Shape = readonly (readonly [key: string, isWellFormed: (it: unknown) => boolean])[];

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
const isAclText = (it: unknown): boolean => typeof it === "string" && isAcl(it);

/** The mode and the owner of an entry. */
export const MODE_AND_OWNER: Shape = [
  ["mode", isMode],
  ["uid", isId],
  ["gid", isId],
  ["user", isOwner],
  ["group", isOwner],
];
const DEVICE: Shape = [["major", isId], ["minor", isId]];
const COMMON: Shape = [
  ["volume", (it): boolean => isCount(it) && it !== 0],
  ["path", isPath],
  ["type", (): boolean => true],
  ["size", isNothing],
  ...MODE_AND_OWNER,
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

const ACL: Shape = [["acl", isAclText]];
const XATTRS: Shape = [["xattrs", isXattrs]];

/** What may stand behind the keys of {@link SHAPES}, in this order: each only where there is some. */
const OPTIONAL: Readonly<Record<EntryType, Shape>> = {
  file: [["sparse", (it): boolean => it === true], ...ACL, ...XATTRS],
  directory: [...ACL, ["defaultAcl", isAclText], ...XATTRS],
  fifo: [...ACL, ...XATTRS],
  symlink: XATTRS,
  hardlink: [],
  char: [...ACL, ...XATTRS],
  block: [...ACL, ...XATTRS],
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
    OPTIONAL[type],
  );
  if (!isWithinLimit(rest)) throw malformed("xattrs");
  return { volume, entry: { ...rest, mode: parseInt(mode, 8) } };
}

/** Path of a line that is not a valid line of an index; undefined if it has none. */
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
    `"user":${TEXT},"group":${TEXT},"mtime":(?:0|-?[1-9]\\d*)(?:,"link":${TEXT})?` +
    `(?:,"sparse":true)?(?:,"acl":${TEXT})?(?:,"defaultAcl":${TEXT})?}$`,
);

/** Each line has one form: no key comes twice, and no number or text is written in another way. */
function wellFormed<T>(it: unknown, text: string, shape: Shape, optional: Shape = []): T {
  const flaw = flawOf(it, shape, optional);
  if (flaw !== undefined) throw malformed(flaw);
  if (!USUAL.test(text) && JSON.stringify(it) !== text) {
    throw new Damage("A line of the index is not in the only form that is read");
  }
  return it as T;
}

/** The key that is missing, unknown, in another place or holds something wrong; undefined where all is well. */
export function flawOf(it: unknown, shape: Shape, optional: Shape = []): string | undefined {
  const record = Object(it) as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  for (let at = 0; at < shape.length; at++) {
    const [key, isWellFormed] = shape[at]!;
    if (keys[at] !== key || !isWellFormed(record[key])) return keys[at] ?? key;
  }
  return keys.length === shape.length ? undefined : flawBehind(record, keys, shape.length, optional);
}

/** The first key from `at` on that is not the next of those that may stand there, or holds something wrong. */
function flawBehind(
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  at: number,
  optional: Shape,
): string | undefined {
  for (const [key, isWellFormed] of optional) {
    if (keys[at] !== key) continue;
    if (!isWellFormed(record[key])) return key;
    at += 1;
  }
  return keys[at];
}

function malformed(key: string): Damage {
  return new Damage(`A line of the index is not well formed at "${printable(key)}"`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Damage("A line of the index is not JSON");
  }
}
