import { Damage } from "../model/failure.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Prefix of the keys of records that contain an extended attribute: star(1), GNU tar and libarchive. */
export const XATTR = "SCHILY.xattr.";

/** Whether `text` contains only ASCII. A regular expression would leave 100 bytes of garbage for each text. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Returns the number of bytes of `text` in UTF-8. */
export function byteLength(text: string): number {
  return isAscii(text) ? text.length : encoder.encode(text).length;
}

/**
 * Returns a pax record: `27 mtime=1700000000.123\n`. The length at the beginning includes its own digits.
 */
export function encodeRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  return wholeLength(byteLength(rest)) + rest;
}

/** Returns the size of a record including the digits of this size. Everything else takes `bytes`. */
export function wholeLength(bytes: number): number {
  const length = bytes + String(bytes).length;
  return bytes + String(length).length > length ? length + 1 : length;
}

/**
 * Parses pax records. The value of an extended attribute is returned in base64, because it can be any bytes.
 *
 * @throws {Damage} if a length is wrong, or a record does not end in a newline, is not UTF-8 or occurs twice.
 */
export function decodeRecords(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const end = at + recordLength(bytes, at);
    const start = bytes.indexOf(0x20, at) + 1;
    const equals = bytes.indexOf(0x3d, start);
    if (end > bytes.length || bytes[end - 1] !== 0x0a || equals <= start || equals >= end) throw malformed();
    const key = decodeText(bytes.subarray(start, equals));
    if (records.has(key)) throw new Damage(`The archive gives "${key}" twice for one entry`);
    const value = bytes.subarray(equals + 1, end - 1);
    records.set(key, key.startsWith(XATTR) ? value.toBase64() : decodeText(value));
    at = end;
  }
  return records;
}

/** Parses the number at the beginning of a record: at most seven digits, without leading zeros. */
function recordLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let index = at; index < at + 8; index++) {
    const byte = bytes[index];
    if (byte === 0x20 && length > 0) return length;
    if (byte === undefined || byte < 0x30 || byte > 0x39 || (byte === 0x30 && length === 0)) break;
    length = length * 10 + byte - 0x30;
  }
  throw malformed();
}

/**
 * Decodes UTF-8.
 *
 * @throws {Damage} if it is malformed.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Damage("A name in the archive is not UTF-8");
  }
}

function malformed(): Damage {
  return new Damage("The archive has extended header records that are not well formed");
}
