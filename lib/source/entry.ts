import type { Device, Entry, EntryType } from "../model/entry.ts";
import type { OwnerNames } from "./owner_names.ts";

/** Entry with its location on the host. It is a plain object, so that it can be posted to a worker. */
export interface SourceEntry extends Entry {
  /** Absolute path on the host. */
  readonly file: string;
  readonly dev: number;
  readonly ino: number;
  /** Number of names (hard links). */
  readonly nlink: number;
  /**
   * Time of the last change of content or attributes, in milliseconds. Deno 2.9 cuts it to whole seconds.
   */
  readonly ctime: number;
  /** State of the extended attributes; undefined if they were not read. Set when they are added. */
  attributeStatus?: AttributeStatus | undefined;
  /** Mode that `stat` shows, if `mode` differs from it: an ACL can grant less than these bits show. */
  readonly statMode?: number;
}

/** Completeness of the attributes of an entry that were read. */
export type AttributeStatus = "all" | "some";

/** Result of `lstat`. On Linux no field is null. */
export type Stat = Pick<
  Deno.FileInfo,
  | "isFile"
  | "isDirectory"
  | "isSymlink"
  | "size"
  | "mode"
  | "uid"
  | "gid"
  | "mtime"
  | "ctime"
  | "birthtime"
  | "dev"
  | "ino"
  | "nlink"
  | "rdev"
  | "blocks"
>;

// The type bits of a mode: inode(7).
const KINDS: Readonly<Record<number, EntryType>> = {
  0o120000: "symlink",
  0o100000: "file",
  0o060000: "block",
  0o040000: "directory",
  0o020000: "char",
  0o010000: "fifo",
};

/** Returns the entry type of a `stat`; undefined for a socket. */
export function entryTypeOf(stat: Stat): EntryType | undefined {
  return KINDS[stat.mode! & 0o170000];
}

/** Returns the entry for the `lstat` of `file`. For a symbolic link, `readlink` must return its target. */
export function entryOf(
  file: string,
  type: EntryType,
  stat: Stat,
  owners: OwnerNames,
  link?: string,
): SourceEntry {
  const entry: SourceEntry = {
    path: memberPath(file),
    type,
    size: type === "file" ? stat.size : 0,
    mode: stat.mode! & 0o7777,
    uid: stat.uid!,
    gid: stat.gid!,
    user: owners.user(stat.uid!),
    group: owners.group(stat.gid!),
    mtime: milliseconds(stat.mtime),
    file,
    dev: stat.dev,
    ino: stat.ino!,
    nlink: stat.nlink!,
    ctime: milliseconds(stat.ctime),
  };
  if (link !== undefined) return { ...entry, link };
  return type === "char" || type === "block" ? { ...entry, device: device(stat.rdev!) } : entry;
}

/** Returns the member path of an absolute path: `etc/hosts` for `/etc/hosts`. */
export function memberPath(file: string): string {
  return file.slice(1);
}

/**
 * Returns whole milliseconds; 0 for a time beyond the range of `Date` (about the year 275,760), and never -0.
 */
function milliseconds(time: Date | null): number {
  return time?.getTime() || 0;
}

/**
 * Splits a device number as Linux packs it, from the low end: 8 bits of the minor number, 12 of the major, 24
 * more of the minor, 20 more of the major (`makedev` of glibc, sys/sysmacros.h). Bit operators cannot be
 * used, because they cut the number to 32 bits.
 */
export function device(rdev: number): Device {
  const bits = (from: number, count: number): number => Math.floor(rdev / 2 ** from) % 2 ** count;
  return { major: bits(8, 12) + bits(44, 20) * 2 ** 12, minor: bits(0, 8) + bits(20, 24) * 2 ** 8 };
}
