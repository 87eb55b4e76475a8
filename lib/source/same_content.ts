import { Buffer } from "node:buffer";
import { closeSync, readSync } from "node:fs";
import { open } from "./read.ts";

const PIECE = 1024 * 1024;

/**
 * Maximum number of bytes that are compared at each of the two ends of a file. Times and sizes of the files
 * are known to be the same.
 */
const MAX_COMPARED = 32 * PIECE;

/** Whether two files of `size` bytes have the same content; false if one of them cannot be read. */
export function isSameContent(one: string, other: string, size: number): boolean {
  const descriptors: number[] = [];
  try {
    for (const file of [one, other]) descriptors.push(open(file));
    const [left, right] = descriptors as [number, number];
    const tail = Math.max(0, size - MAX_COMPARED);
    return isSameRange(left, right, 0, Math.min(size, MAX_COMPARED)) && isSameRange(left, right, tail, size);
  } catch {
    return false;
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

function isSameRange(one: number, other: number, from: number, to: number): boolean {
  const [left, right] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)];
  for (let at = from; at < to;) {
    const length = Math.min(PIECE, to - at);
    if (readAt(one, left, length, at) < length || readAt(other, right, length, at) < length) return false;
    if (left.compare(right, 0, length, 0, length) !== 0) return false;
    at += length;
  }
  return true;
}

function readAt(descriptor: number, into: Uint8Array, length: number, position: number): number {
  let read = 0;
  while (read < length) {
    const got = readSync(descriptor, into, read, length - read, position + read);
    if (got === 0) break;
    read += got;
  }
  return read;
}
