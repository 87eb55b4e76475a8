import type { Entry } from "../model/entry.ts";
import { hasAttributes } from "../model/attributes.ts";
import { attributeRecords, attributeRecordsLength } from "./attribute_records.ts";
import {
  BLOCK,
  type Field,
  FIELDS,
  FLAG_OF,
  MAGIC,
  MAX_NAME_BYTES,
  MAX_PAX_BYTES,
  padded,
  PAX_FLAG,
} from "./layout.ts";
import { fitsOctal, writeNumber } from "./number.ts";
import { byteLength, encodeRecord, isAscii } from "./pax.ts";

const encoder = new TextEncoder();

/** Returns the bytes that an entry takes in an archive: its header, and its content with padding. */
export function sizeInArchive(entry: Entry): number {
  const records = byteLength(recordsFor(entry)) + attributeRecordsLength(entry);
  return (records === 0 ? 0 : BLOCK + padded(records)) + BLOCK + padded(entry.size);
}

const PAX_BLOCK = paxBlock();

const scratch = new Uint8Array(2 * BLOCK + padded(MAX_PAX_BYTES));
const words = new Uint32Array(scratch.buffer);

/** Views of `scratch`, which are used again: a view takes longer than what is written into it. */
const blocks: Uint8Array<ArrayBuffer>[] = [];
const headers: Uint8Array<ArrayBuffer>[] = [];

function blockAt(start: number): Uint8Array<ArrayBuffer> {
  return blocks[start / BLOCK] ??= scratch.subarray(start, start + BLOCK);
}

/**
 * Returns the header of an entry: a ustar header block, preceded by a block and records of pax if ustar does
 * not suffice. This is the case for paths, link targets and names of owners that are too long or not ASCII,
 * sizes from 8 GiB, ids above 2,097,151, times with milliseconds, before 1970 or after 2242, and attributes.
 * The ustar header then contains the nearest possible values, for readers that do not support pax.
 *
 * The result is valid only until the next call.
 *
 * @throws {RangeError} if a path is longer than a member path may be.
 */
export function headerOf(entry: Entry): Uint8Array<ArrayBuffer> {
  const start = writeRecords(recordsFor(entry), entry);
  const block = blockAt(start).fill(0);
  writePath(block, memberName(entry));
  writeNumber(block, FIELDS.mode, entry.mode);
  writeNumber(block, FIELDS.uid, entry.uid);
  writeNumber(block, FIELDS.gid, entry.gid);
  writeNumber(block, FIELDS.size, entry.size);
  writeNumber(block, FIELDS.mtime, Math.max(0, seconds(entry.mtime)));
  writeText(block, FIELDS.type, FLAG_OF[entry.type]);
  writeText(block, FIELDS.link, entry.link ?? "");
  writeText(block, FIELDS.user, entry.user, 1);
  writeText(block, FIELDS.group, entry.group, 1);
  if (entry.device) {
    writeNumber(block, FIELDS.major, entry.device.major);
    writeNumber(block, FIELDS.minor, entry.device.minor);
  }
  finish(start);
  return headers[start / BLOCK] ??= scratch.subarray(0, start + BLOCK);
}

/** Returns a copy of the header of an entry: see {@link headerOf}. */
export function encodeHeader(entry: Entry): Uint8Array<ArrayBuffer> {
  return headerOf(entry).slice();
}

/**
 * Writes pax records and their header to the beginning of `scratch` and returns their end; 0 if there are
 * none.
 */
function writeRecords(records: string, entry: Entry): number {
  if (records === "" && !hasAttributes(entry)) return 0;
  const written = writeNames(records);
  const length = written + writeAttributes(entry, BLOCK + written);
  const end = BLOCK + padded(length);
  scratch.fill(0, BLOCK + length, end).set(PAX_BLOCK);
  writeNumber(blockAt(0), FIELDS.size, length);
  finish(0);
  return end;
}

/** Writes the records of names and numbers, and returns their size in bytes. */
function writeNames(records: string): number {
  if (records.length <= BLOCK && isAscii(records)) {
    writeText(scratch, { at: BLOCK, length: BLOCK }, records);
    return records.length;
  }
  const { read, written } = encoder.encodeInto(records, scratch.subarray(BLOCK, BLOCK + MAX_NAME_BYTES));
  if (read === records.length) return written;
  throw new RangeError(`Names of ${records.length} characters do not fit into a header`);
}

/** Writes the records of attributes from `start` on and returns their size in bytes. */
function writeAttributes(entry: Entry, start: number): number {
  if (!hasAttributes(entry)) return 0;
  let at = start;
  for (const piece of attributeRecords(entry)) {
    scratch.set(piece, at);
    at += piece.length;
  }
  return at - start;
}

/**
 * Returns the header of pax records without their size. For a reader that does not support pax, they are a
 * small file.
 */
function paxBlock(): Uint8Array {
  const block = new Uint8Array(BLOCK);
  writeText(block, FIELDS.name, "PaxHeaders/entry");
  writeNumber(block, FIELDS.mode, 0o644);
  writeNumber(block, FIELDS.uid, 0);
  writeNumber(block, FIELDS.gid, 0);
  writeNumber(block, FIELDS.mtime, 0);
  writeText(block, FIELDS.type, PAX_FLAG);
  return block;
}

/** Returns the pax records that an entry needs, concatenated. */
function recordsFor(entry: Entry): string {
  const name = memberName(entry);
  const { name: path, link, user, group, size, uid, gid, mtime } = FIELDS;
  let records = "";
  if (!isAscii(name) || (name.length > path.length && splitAt(name) === undefined)) {
    records += encodeRecord("path", name);
  }
  records += textRecord("linkpath", entry.link ?? "", link.length);
  records += textRecord("uname", entry.user, user.length - 1);
  records += textRecord("gname", entry.group, group.length - 1);
  if (!fitsOctal(entry.size, size.length)) records += encodeRecord("size", String(entry.size));
  if (!fitsOctal(entry.uid, uid.length)) records += encodeRecord("uid", String(entry.uid));
  if (!fitsOctal(entry.gid, gid.length)) records += encodeRecord("gid", String(entry.gid));
  if (entry.mtime % 1000 !== 0 || !fitsOctal(seconds(entry.mtime), mtime.length)) {
    records += encodeRecord("mtime", decimal(entry.mtime));
  }
  return records;
}

function textRecord(key: string, value: string, length: number): string {
  return value.length <= length && isAscii(value) ? "" : encodeRecord(key, value);
}

/**
 * Returns the name of a member. A directory's ends in a slash, by which readers from before 1988 recognize
 * directories.
 */
function memberName(entry: Entry): string {
  return entry.type === "directory" ? entry.path + "/" : entry.path;
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** Returns milliseconds as a time of pax, in seconds: `-1.500`. */
function decimal(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  const whole = (milliseconds < 0 ? "-" : "") + Math.floor(size / 1000);
  return size % 1000 === 0 ? whole : `${whole}.${String(size % 1000).padStart(3, "0")}`;
}

const pathBytes = new Uint8Array(FIELDS.prefix.length + 1 + FIELDS.name.length + 1);

/** Writes a name. One of more than 100 bytes is written into two fields, if it can be split at a slash. */
function writePath(block: Uint8Array, name: string): void {
  const { at, length } = FIELDS.name;
  if (name.length <= length && isAscii(name)) return writeText(block, FIELDS.name, name);
  const bytes = pathBytes.subarray(0, encoder.encodeInto(name, pathBytes).written);
  const slash = bytes.length > length ? splitAt(bytes) : undefined;
  if (slash === undefined) {
    block.set(bytes.subarray(0, length), at);
  } else {
    block.set(bytes.subarray(0, slash), FIELDS.prefix.at);
    block.set(bytes.subarray(slash + 1), at);
  }
}

/**
 * Returns where to split a path, ASCII or in UTF-8, so that the prefix has at most 155 bytes, and the rest 1
 * to 100; undefined if it cannot be split.
 */
function splitAt(name: string | Uint8Array): number | undefined {
  const from = Math.max(1, name.length - 1 - FIELDS.name.length);
  const slash = typeof name === "string" ? name.indexOf("/", from) : name.indexOf(0x2f, from);
  return slash < 0 || slash > FIELDS.prefix.length || slash === name.length - 1 ? undefined : slash;
}

/** Writes as many whole characters of `text` as fit, and leaves `spare` bytes at the end. */
function writeText(block: Uint8Array, { at, length }: Field, text: string, spare = 0): void {
  const count = Math.min(text.length, length - spare);
  for (let index = 0; index < count; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return void encoder.encodeInto(text, block.subarray(at, at + length - spare));
    block[at + index] = unit;
  }
}

const SIX_DIGITS: Field = { at: FIELDS.checksum.at, length: 7 };

/** Writes the magic, and last the checksum, which is zero before: six octal digits, a NUL and a space. */
function finish(start: number): void {
  const block = blockAt(start);
  writeText(block, FIELDS.magic, MAGIC);
  writeNumber(block, SIX_DIGITS, 0x20 * FIELDS.checksum.length + sumOfBlock(start));
  block[FIELDS.checksum.at + 7] = 0x20;
}

/** Returns the sum of the bytes of a block. Adds four at a time: the sums of two of them fit into one number. */
function sumOfBlock(start: number): number {
  let [even, odd] = [0, 0];
  for (let at = start / 4; at < (start + BLOCK) / 4; at++) {
    const word = words[at]!;
    even += word & 0xff_00ff;
    odd += (word >>> 8) & 0xff_00ff;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}
