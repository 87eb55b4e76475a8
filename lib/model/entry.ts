import { type Attributes, sameAttributes } from "./attributes.ts";

/** Type of an {@linkcode Entry}. Sockets cannot be archived and are no entries. */
export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "fifo" | "char" | "block";

/** Entry of the source tree, as an archive member and a line of the index describe it. */
export interface Entry extends Attributes {
  /** Relative path with `/` between the components: `etc/hosts` for `/etc/hosts`. See {@link isMemberPath}. */
  readonly path: string;
  /** Type of the entry. */
  readonly type: EntryType;
  /** Size of the content in bytes; 0 unless it is a file. */
  readonly size: number;
  /** Permission bits with set-id and sticky bits: 0 to 0o7777. */
  readonly mode: number;
  /** Number of the owner on the host. */
  readonly uid: number;
  /** Number of the group on the host. */
  readonly gid: number;
  /** Name of the owner on the host; empty if it has none. */
  readonly user: string;
  /** Name of the group on the host; empty if it has none. */
  readonly group: string;
  /** Time of the last change of content, in whole milliseconds since 1970 UTC; negative before. */
  readonly mtime: number;
  /** Target of a symlink as text, or the member path of the file that a hard link is another name of. */
  readonly link?: string;
  /** Device numbers of `char` and `block`. */
  readonly device?: Device;
  /** SHA-256 of the content of a file, in hexadecimal, if it was computed. Only in an index, not in an archive. */
  readonly sha256?: string;
  /** Whether a file used fewer bytes on its disk than its size. Only in an index, not in an archive. */
  readonly sparse?: true;
}

/** Numbers of a device node. */
export interface Device {
  /** Major number: the driver. */
  readonly major: number;
  /** Minor number: the device of this driver. */
  readonly minor: number;
}

/**
 * Maximum length in UTF-8 bytes of a member path that nightdrop writes or reads. Linux allows 4,096 in one
 * call.
 */
export const MAX_PATH_BYTES = 32 * 1024;

/** Directory in which dumps are restored. A snapshot with dumps contains no other path there. */
export const DUMP_DIRECTORY = "nightdrop-dumps";

const encoder = new TextEncoder();

/** Matches an empty component, `.` or `..`, at the beginning, in the middle or at the end. */
const BAD_COMPONENT = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Whether `path` is a valid member path: relative, no empty, `.` or `..` component, no NUL, no unpaired
 * surrogate (which UTF-8 cannot represent), at most {@link MAX_PATH_BYTES}. Every path from a store is
 * checked before it is used.
 */
export function isMemberPath(path: string): boolean {
  if (BAD_COMPONENT.test(path) || path.includes("\0") || !path.isWellFormed()) return false;
  // A UTF-16 unit takes three bytes at most, so most paths need not be encoded to know that they are short enough.
  return path.length * 3 <= MAX_PATH_BYTES || encoder.encode(path).length <= MAX_PATH_BYTES;
}

/** Whether two entries are equal in all properties that an archive contains: all except `sha256` and `sparse`. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return a.path === b.path && a.type === b.type && a.size === b.size && a.mode === b.mode &&
    a.uid === b.uid && a.gid === b.gid && a.user === b.user && a.group === b.group &&
    a.mtime === b.mtime && a.link === b.link &&
    a.device?.major === b.device?.major && a.device?.minor === b.device?.minor &&
    sameAttributes(a, b);
}
