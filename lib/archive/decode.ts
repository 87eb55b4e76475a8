import type { Attributes } from "../model/attributes.ts";
import { type Entry, type EntryType, isMemberPath, MAX_PATH_BYTES } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { attributesOf, isAttributeKey } from "./attribute_records.ts";
import { fieldText, RepeatedText } from "./field_text.ts";
import { checksumOf, FIELDS, FLAG_OF, MAGIC } from "./layout.ts";
import { readNumber } from "./number.ts";

const TYPE_OF = new Map(Object.entries(FLAG_OF).map(([type, flag]) => [flag, type as EntryType]));

/** Records that do not concern an {@link Entry}; GNU tar and bsdtar write them. */
const IGNORED: ReadonlySet<string> = new Set([
  "atime",
  "ctime",
  "LIBARCHIVE.creationtime",
  "SCHILY.dev",
  "SCHILY.fflags",
  "SCHILY.ino",
  "SCHILY.nlink",
]);

const KNOWN: ReadonlySet<string> = new Set([
  "path",
  "linkpath",
  "size",
  "uid",
  "gid",
  "uname",
  "gname",
  "mtime",
]);

/**
 * Checks the checksum and the magic of a header block.
 *
 * @throws {Damage} if it is not a POSIX header block.
 */
export function checkBlock(block: Uint8Array): void {
  const { at: sum } = FIELDS.checksum;
  const digits = readNumber(block, { at: sum, length: 6 }, "checksum");
  if (digits !== checksumOf(block) || block[sum + 6] !== 0 || block[sum + 7] !== 0x20) {
    throw new Damage("A header of the archive does not match its checksum");
  }
  const { at, length } = FIELDS.magic;
  for (let index = 0; index < length; index++) {
    if (block[at + index] !== MAGIC.charCodeAt(index)) {
      throw new Damage("The archive is not in the format of POSIX", {
        hint: "GNU tar writes it with --format=pax",
      });
    }
  }
}

/** Returns the type flag of a header block. */
export function flagOf(block: Uint8Array): string {
  return String.fromCharCode(block[FIELDS.type.at]!);
}

/**
 * Returns the entry that a header block and the preceding pax records describe. Records take precedence over
 * fields.
 *
 * @throws {Damage} if it cannot be restored: it has another type, a path that leads out of the tree, or
 *   invalid numbers.
 */
export function decodeHeader(block: Uint8Array, records: ReadonlyMap<string, string>): Entry {
  const type = TYPE_OF.get(flagOf(block));
  if (type === undefined) throw new Damage(unknownType(flagOf(block)));
  for (const key of records.keys()) {
    if (!KNOWN.has(key) && !IGNORED.has(key) && !isAttributeKey(key)) {
      throw new Damage(`The archive has records of unknown meaning: "${key}"`);
    }
  }
  const size = numberOf(block, records, "size");
  if (type !== "file" && size !== 0) throw new Damage(`The archive has content for a ${type}`);
  try {
    return described(block, records, type, size);
  } catch (error) {
    throw error instanceof Damage ? new BadMember(error, size) : error;
  }
}

/** Member that cannot be restored, in an archive that can be read further. */
export class BadMember extends Damage {
  /** Size of its content in bytes. */
  readonly size: number;

  constructor({ message, hint }: Damage, size: number) {
    super(message, { hint });
    this.size = size;
  }
}

function described(
  block: Uint8Array,
  records: ReadonlyMap<string, string>,
  type: EntryType,
  size: number,
): Entry {
  const entry: Entry = {
    ...attributesIn(records),
    path: member(records.get("path") ?? splitPath(block), type),
    type,
    size,
    mode: atMost(0o7777, readNumber(block, FIELDS.mode, "mode"), "mode"),
    uid: atMost(MAX_ID, numberOf(block, records, "uid"), "uid"),
    gid: atMost(MAX_ID, numberOf(block, records, "gid"), "gid"),
    user: withoutNul(records.get("uname") ?? USER.in(block)),
    group: withoutNul(records.get("gname") ?? GROUP.in(block)),
    mtime: milliseconds(records.get("mtime")) ?? 1000 * readNumber(block, FIELDS.mtime, "mtime"),
  };
  if (!Number.isSafeInteger(entry.mtime)) {
    throw new Damage(`The time of "${entry.path}" in the archive is not a valid time`);
  }
  const link = (): string => records.get("linkpath") ?? fieldText(block, FIELDS.link);
  if (type === "hardlink") return { ...entry, link: member(link(), type) };
  if (type === "symlink") return { ...entry, link: target(link()) };
  return type === "char" || type === "block" ? { ...entry, device: device(block) } : entry;
}

const USER = new RepeatedText(FIELDS.user);
const GROUP = new RepeatedText(FIELDS.group);
const NO_ATTRIBUTES: Attributes = {};

function attributesIn(records: ReadonlyMap<string, string>): Attributes {
  return records.size === 0 ? NO_ATTRIBUTES : attributesOf(records);
}

const MAX_ID = 0xffff_ffff;

function device(block: Uint8Array): { major: number; minor: number } {
  return {
    major: atMost(MAX_ID, readNumber(block, FIELDS.major, "device number"), "device number"),
    minor: atMost(MAX_ID, readNumber(block, FIELDS.minor, "device number"), "device number"),
  };
}

/**
 * Returns a path without the slash at the end of a directory's.
 *
 * @throws {Damage} if it does not stay below the directory that it is restored to.
 */
function member(path: string, type: EntryType): string {
  const plain = type === "directory" && path.endsWith("/") ? path.slice(0, -1) : path;
  if (!isMemberPath(plain)) {
    throw new Damage(`The archive has a path that cannot be restored: "${path.slice(0, 200)}"`);
  }
  return plain;
}

/**
 * Returns the target of a symlink, which may be any path: it is never followed.
 *
 * @throws {Damage} if it is empty or too long.
 */
function target(link: string): string {
  if (link === "" || link.length > MAX_PATH_BYTES) {
    throw new Damage("The archive has a symbolic link to nothing");
  }
  return withoutNul(link);
}

function splitPath(block: Uint8Array): string {
  const prefix = fieldText(block, FIELDS.prefix);
  const name = fieldText(block, FIELDS.name);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function withoutNul(name: string): string {
  if (name.includes("\0")) throw new Damage("A name in the archive holds a NUL");
  return name;
}

function numberOf(
  block: Uint8Array,
  records: ReadonlyMap<string, string>,
  key: "size" | "uid" | "gid",
): number {
  return wholeNumber(records.get(key), key) ?? readNumber(block, FIELDS[key], key);
}

function wholeNumber(record: string | undefined, what: string): number | undefined {
  if (record === undefined) return undefined;
  if (!/^\d{1,16}$/.test(record)) throw new Damage(`The archive gives "${record.slice(0, 40)}" as ${what}`);
  return atMost(Number.MAX_SAFE_INTEGER, Number(record), what);
}

/** Parses a time of pax, in decimal seconds. Rounds down to whole milliseconds. */
function milliseconds(record: string | undefined): number | undefined {
  if (record === undefined) return undefined;
  const match = /^(-?)(\d{1,16})(?:\.(\d{1,20}))?$/.exec(record);
  if (match === null) throw new Damage(`The archive gives "${record.slice(0, 40)}" as mtime`);
  const [, sign, seconds, fraction = ""] = match;
  const size = Number(seconds) * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0"));
  if (sign === "") return size;
  const isCut = /[1-9]/.test(fraction.slice(3));
  return 0 - size - (isCut ? 1 : 0);
}

function atMost(max: number, value: number, what: string): number {
  if (value <= max) return value;
  throw new Damage(`The archive gives ${value} as ${what}: at most ${max} is possible`);
}

function unknownType(flag: string): string {
  if (flag === "g") {
    return "The archive has a global extended header, which would change the meaning of all entries";
  }
  if (flag === "L" || flag === "K") return "The archive has long names in the format of old GNU tar";
  return `The archive has an entry of the unknown type ${JSON.stringify(flag)}`;
}
