/**
 * Layout of a tar archive: the ustar and pax interchange formats of POSIX.1-2024,
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13
 *
 * Archives are written and read by hand, because https://jsr.io/@std/tar supports neither pax records nor
 * hard links, and packages are not strict enough for hostile archives.
 *
 * @module
 */
import { MAX_ATTRIBUTE_BYTES } from "../model/attributes.ts";
import { type EntryType, MAX_PATH_BYTES } from "../model/entry.ts";

/** Block size in bytes. Everything in an archive is padded to whole blocks. */
export const BLOCK = 512;

/** Size in bytes of the two zero blocks at the end of an archive. */
export const ARCHIVE_END = 2 * BLOCK;

/**
 * Maximum number of zero bytes that may follow them. GNU tar fills 20 blocks, or as many as its options set.
 */
export const MAX_FILL = 1024 * 1024;

/** Position of a field in the header block. */
export interface Field {
  readonly at: number;
  readonly length: number;
}

/** Fields of the header block. */
export const FIELDS = {
  name: { at: 0, length: 100 },
  mode: { at: 100, length: 8 },
  uid: { at: 108, length: 8 },
  gid: { at: 116, length: 8 },
  size: { at: 124, length: 12 },
  mtime: { at: 136, length: 12 },
  checksum: { at: 148, length: 8 },
  type: { at: 156, length: 1 },
  link: { at: 157, length: 100 },
  magic: { at: 257, length: 8 },
  user: { at: 265, length: 32 },
  group: { at: 297, length: 32 },
  major: { at: 329, length: 8 },
  minor: { at: 337, length: 8 },
  prefix: { at: 345, length: 155 },
} as const satisfies Record<string, Field>;

/** Content of `magic` and of the version after it. */
export const MAGIC = "ustar\x0000";

/** Type flags of the entries. */
export const FLAG_OF: Readonly<Record<EntryType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

/** Type flag of pax records, which extend the fields of the next header. */
export const PAX_FLAG = "x";

/** Maximum size in bytes of pax records for names and numbers: two paths of maximum length, and the rest. */
export const MAX_NAME_BYTES = 2 * MAX_PATH_BYTES + 4096;

/** Maximum size in bytes of pax records. */
export const MAX_PAX_BYTES = MAX_NAME_BYTES + MAX_ATTRIBUTE_BYTES;

/**
 * Returns `size` with the padding to whole blocks. Bit operators cannot be used, because sizes exceed 32
 * bits.
 */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** Returns the sum of a header block's bytes, with spaces in place of its checksum. */
export function checksumOf(block: Uint8Array): number {
  const { at, length } = FIELDS.checksum;
  let sum = 0x20 * length;
  for (let index = 0; index < at; index++) sum += block[index]!;
  for (let index = at + length; index < BLOCK; index++) sum += block[index]!;
  return sum;
}

/** Whether `bytes` are all zero. */
export function isZero(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}
