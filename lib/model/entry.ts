import { type Attributes, sameAttributes } from "./attributes.ts";

/** Type of an {@linkcode Entry}. Sockets have no place in an archive and are no entries. */
export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "fifo" | "char" | "block";

/** One thing in the source tree, as an archive member and a line of the index describe it. */
export interface Entry extends Attributes {
  /** Relative path with `/` between the components: `etc/hosts` for `/etc/hosts`. See {@link isMemberPath}. */
  readonly path: string;
  /** Its type. */
  readonly type: EntryType;
  /** Bytes of content; 0 for everything but a file. */
  readonly size: number;
  /** Permission bits with set-id and sticky bits: 0 to 0o7777. */
  readonly mode: number;
  /** Number of the owner on the host. */
  readonly uid: number;
  /** Number of the group on the host. */
  readonly gid: number;
  /** Name of the owner on the host; empty where it has none. */
  readonly user: string;
  /** Name of the group on the host; empty where it has none. */
  readonly group: string;
  /** Time of the last change of content, in whole milliseconds since 1970 UTC; negative before. */
  readonly mtime: number;
  /** The target text of a symlink, or the member path that a hard link is another name of. */
  readonly link?: string;
  /** Device numbers of `char` and `block`. */
  readonly device?: Device;
  /** Of a file: whether it took fewer bytes on its disk than it has. Only an index has it, no archive. */
  readonly sparse?: true;
}

/** Numbers of a device node. */
export interface Device {
  /** Which driver. */
  readonly major: number;
  /** Which of the driver's devices. */
  readonly minor: number;
}

/** The longest member path that nightdrop writes or reads, in UTF-8 bytes: Linux allows 4,096 in one call. */
export const MAX_PATH_BYTES = 32 * 1024;

/** The directory in which dumps are restored. No path of the source tree lies there in a snapshot that has dumps. */
export const DUMP_DIRECTORY = "nightdrop-dumps";

const encoder = new TextEncoder();

/** An empty component, `.` or `..`, at the beginning, in the middle or at the end. */
const BAD_COMPONENT = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Whether `path` can name a member: relative, no empty, `.` or `..` component, no NUL, no half of a surrogate pair
 * (which UTF-8 does not have), at most {@link MAX_PATH_BYTES}. Everything that comes out of a store is held to it
 * before it is used.
 */
export function isMemberPath(path: string): boolean {
  if (BAD_COMPONENT.test(path) || path.includes("\0") || !path.isWellFormed()) return false;
  // A UTF-16 unit takes three bytes at most, so most paths need not be encoded to know that they are short enough.
  return path.length * 3 <= MAX_PATH_BYTES || encoder.encode(path).length <= MAX_PATH_BYTES;
}

/** Whether two entries are the same in everything that an archive holds: all but `sparse`. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return a.path === b.path && a.type === b.type && a.size === b.size && a.mode === b.mode &&
    a.uid === b.uid && a.gid === b.gid && a.user === b.user && a.group === b.group &&
    a.mtime === b.mtime && a.link === b.link &&
    a.device?.major === b.device?.major && a.device?.minor === b.device?.minor &&
    sameAttributes(a, b);
}
