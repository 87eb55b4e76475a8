import { isAcl } from "./acl.ts";
import { isWithinLimit, isXattrs, MAX_ATTRIBUTE_BYTES } from "./attributes.ts";
import { type Entry, type EntryType, isMemberPath, MAX_PATH_BYTES } from "./entry.ts";
import { isSha256 } from "./digest.ts";
import { Damage } from "./failure.ts";
import { printable } from "./printable.ts";

/**
 * Maximum length of a line that a reader accepts, in characters: two paths and attributes with every byte
 * escaped, and the rest.
 */
export const MAX_INDEX_LINE = 6 * (2 * MAX_PATH_BYTES + MAX_ATTRIBUTE_BYTES) + 4096;

/** Line of an index: an entry and the number of the volume that contains it, or a path that is gone. */
export type IndexLine =
  | { readonly volume: number; readonly entry: Entry; readonly gone?: never }
  | { readonly gone: string };

/** Returns the line of an entry. The mode is octal, as people write it. */
export function encodeIndexLine(volume: number, entry: Entry): string {
  const { path, type, size, mtime, link, device, sha256, sparse, acl, defaultAcl, xattrs } = entry;
  // Written by hand, because it takes half the time of an object for each line.
  let line = `{"volume":${volume},"path":${quoted(path)},"type":"${type}","size":${size},"mode":"` +
    `${octalMode(entry.mode)}",${ownerText(entry)},"mtime":${mtime}`;
  if (link !== undefined) line += `,"link":${quoted(link)}`;
  if (device !== undefined) line += `,"device":${quoted(device)}`;
  if (sha256 !== undefined) line += `,"sha256":"${sha256}"`;
  if (sparse !== undefined) line += `,"sparse":${sparse}`;
  if (acl !== undefined) line += `,"acl":${quoted(acl)}`;
  if (defaultAcl !== undefined) line += `,"defaultAcl":${quoted(defaultAcl)}`;
  if (xattrs !== undefined) line += `,"xattrs":${quoted(xattrs)}`;
  return line + "}\n";
}

const quoted: (it: unknown) => string = JSON.stringify;

/** Owners of the last line, and their text: consecutive entries mostly have the same. */
let owners = { uid: -1, gid: -1, user: "", group: "", text: "" };

function ownerText({ uid, gid, user, group }: Entry): string {
  const last = owners;
  if (last.uid === uid && last.gid === gid && last.user === user && last.group === group) return last.text;
  const text = `"uid":${uid},"gid":${gid},"user":${quoted(user)},"group":${quoted(group)}`;
  owners = { uid, gid, user, group, text };
  return text;
}

/** Returns a mode as four octal digits, as in an index. */
export function octalMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** Returns the line for a path that older volumes contain and that no longer exists. */
export function encodeGoneLine(path: string): string {
  return JSON.stringify({ gone: path }) + "\n";
}

/**
 * Keys of a line in their order, each with a check of its value. This is not done by a library, because a
 * reader checks each line with it.
 */
export type Shape = readonly (readonly [key: string, isWellFormed: (it: unknown) => boolean])[];

/** Whether a value is a whole number from 0 on. */
export const isCount = (it: unknown): boolean => Number.isSafeInteger(it) && it as number >= 0;

/** Whether a value is the number of a user, a group or a device. */
export const isId = (it: unknown): boolean => isCount(it) && it as number <= 0xffff_ffff;

/** Whether a value is the name of a user or a group; empty if it has none. */
export const isOwner = (it: unknown): boolean =>
  typeof it === "string" && it.length <= 1000 && !it.includes("\0") && it.isWellFormed();

const isNothing = (it: unknown): boolean => it === 0;
const isPath = (it: unknown): boolean => typeof it === "string" && isMemberPath(it);
const isTarget = (it: unknown): boolean =>
  typeof it === "string" && it !== "" && it.length <= MAX_PATH_BYTES && !it.includes("\0") &&
  it.isWellFormed();
const isMode = (it: unknown): boolean => typeof it === "string" && /^[0-7]{4}$/.test(it);
const isDevice = (it: unknown): boolean => flawOf(it, DEVICE) === undefined;
const isDigest = (it: unknown): boolean => typeof it === "string" && isSha256(it);
const isAclText = (it: unknown): boolean => typeof it === "string" && isAcl(it);

/** Keys for the mode and the owner of an entry. */
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

/** Optional keys that may follow those of {@link SHAPES}, in this order. */
const OPTIONAL: Readonly<Record<EntryType, Shape>> = {
  file: [["sha256", isDigest], ["sparse", (it): boolean => it === true], ...ACL, ...XATTRS],
  directory: [...ACL, ["defaultAcl", isAclText], ...XATTRS],
  fifo: [...ACL, ...XATTRS],
  symlink: XATTRS,
  hardlink: [],
  char: [...ACL, ...XATTRS],
  block: [...ACL, ...XATTRS],
};

/** Beginning of each line of a path that is gone. */
const GONE = '{"gone":';

/**
 * Parses a line of an index, and refuses any line that {@link encodeIndexLine} and {@link encodeGoneLine} do
 * not write.
 *
 * @throws {Damage} if the line is malformed.
 */
export function decodeAnyLine(text: string): IndexLine {
  const line = parse(text);
  if (text.startsWith(GONE)) return wellFormed<{ gone: string }>(line, text, GONE_LINE);
  const type = Object(line).type as EntryType;
  if (!Object.hasOwn(SHAPES, type)) throw malformed("type");
  const { volume, ...rest } = wellFormed<{ volume: number; mode: string } & Omit<Entry, "mode">>(
    line,
    text,
    SHAPES[type],
    OPTIONAL[type],
  );
  if (!isWithinLimit(rest)) throw malformed("xattrs");
  // Not copied once more: an index may have millions of lines.
  return { volume, entry: Object.assign(rest, { mode: parseInt(rest.mode, 8) }) as unknown as Entry };
}

/** Returns the path in an invalid line of an index; undefined if it has none. */
export function pathInBadLine(text: string): string | undefined {
  try {
    const { path } = Object(JSON.parse(text)) as { path?: unknown };
    return isPath(path) ? path as string : undefined;
  } catch {
    return undefined;
  }
}

/** Pattern of a number from 0 on, as `JSON.stringify` writes it. */
export const COUNT = "(?:0|[1-9]\\d*)";

/** Pattern of a number that may be negative. */
export const TIME = "(?:0|-?[1-9]\\d*)";

/** Pattern of a text without escapes. */
export const TEXT = '"[^"\\\\\\0-\\x1f]*"';

/**
 * Matches the form of `JSON.stringify` for lines without escapes: nearly all. The match takes a third of the
 * time of encoding the line again.
 */
const USUAL = new RegExp(
  `^{"volume":${COUNT},"path":${TEXT},"type":"[a-z]+","size":${COUNT},"mode":"[0-7]{4}","uid":${COUNT},"gid":${COUNT},` +
    `"user":${TEXT},"group":${TEXT},"mtime":${TIME}(?:,"link":${TEXT})?` +
    `(?:,"sha256":"[0-9a-f]{64}")?(?:,"sparse":true)?(?:,"acl":${TEXT})?(?:,"defaultAcl":${TEXT})?}$`,
);

/**
 * Checks that a line has its only form: no key occurs twice, and no number or text is written in another way.
 *
 * @throws {Damage} if it has another form.
 */
function wellFormed<T>(it: unknown, text: string, shape: Shape, optional: Shape = []): T {
  const flaw = flawOf(it, shape, optional);
  if (flaw !== undefined) throw malformed(flaw);
  if (!USUAL.test(text) && JSON.stringify(it) !== text) {
    throw new Damage("A line of the index is not in the only form that is read");
  }
  return it as T;
}

/**
 * Returns the key that is missing, unknown, misplaced or has an invalid value; undefined if there is none.
 */
export function flawOf(it: unknown, shape: Shape, optional: Shape = []): string | undefined {
  const record = Object(it) as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  for (let at = 0; at < shape.length; at++) {
    const [key, isWellFormed] = shape[at]!;
    if (keys[at] !== key || !isWellFormed(record[key])) return keys[at] ?? key;
  }
  return keys.length === shape.length ? undefined : flawBehind(record, keys, shape.length, optional);
}

/** Returns the first key from `at` on that is not the next optional key, or has an invalid value. */
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
