import { Damage } from "../model/failure.ts";
import type { Field } from "./layout.ts";

/** Limits of the numbers that fit into octal digits, by the length of the field with its NUL. */
const OCTAL_LIMITS = Array.from({ length: 13 }, (_, length) => 8 ** (length - 1));

/** Whether a field of at most 12 bytes can hold `value` as octal digits and a NUL, as POSIX requires. */
export function fitsOctal(value: number, length: number): boolean {
  return value >= 0 && value < OCTAL_LIMITS[length]!;
}

/** Limit of the numbers for which bit operators are exact. */
const SMALL = 2 ** 31;

/**
 * Writes a number into a header field: octal, or, if it does not fit, in big-endian binary with the first bit
 * set. The latter is an extension of GNU. A pax record contains the number as well, but some readers, such as
 * busybox, support only the extension.
 */
export function writeNumber(block: Uint8Array, { at, length }: Field, value: number): void {
  if (value >= 0 && value < SMALL && fitsOctal(value, length)) {
    let digits = value;
    for (let index = at + length - 2; index >= at; index--) {
      block[index] = 0x30 + (digits & 7);
      digits >>>= 3;
    }
    return;
  }
  const octal = fitsOctal(value, length);
  const base = octal ? 8 : 256;
  let rest = value;
  for (let index = at + length - (octal ? 2 : 1); index >= at; index--) {
    block[index] = (octal ? 0x30 : 0) + rest % base;
    rest = Math.floor(rest / base);
  }
  if (!octal) block[at] = 0x80;
}

/**
 * Reads a number from a header field.
 *
 * @throws {Damage} if it is not a number, negative, or not a safe integer.
 */
export function readNumber(block: Uint8Array, field: Field, what: string): number {
  const { at, length } = field;
  const isBinary = block[at] === 0x80;
  const value = isBinary ? bigEndian(block.subarray(at + 1, at + length)) : octal(block, at, at + length);
  if (Number.isSafeInteger(value)) return value;
  throw new Damage(`A header of the archive has no proper ${what}`);
}

function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** Parses octal: at least one digit, then only spaces and NULs. */
function octal(block: Uint8Array, from: number, end: number): number {
  let value = 0;
  let at = from;
  for (; at < end && block[at]! >= 0x30 && block[at]! <= 0x37; at++) value = value * 8 + block[at]! - 0x30;
  if (at === from) return NaN;
  for (; at < end; at++) if (block[at] !== 0 && block[at] !== 0x20) return NaN;
  return value;
}
