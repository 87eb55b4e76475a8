import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** `length` bytes that look random and are the same every time. */
export function noise(length: number, seed = "nightdrop"): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 64) {
    bytes.set(createHash("sha512").update(`${seed} ${at}`).digest().subarray(0, length - at), at);
  }
  return bytes;
}

/** The bytes in pieces of `size`, each of them spoilt when the next is asked for. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += size) {
    const piece = Uint8Array.from(bytes.subarray(at, at + size)); // a slice of a Buffer is no copy
    yield piece;
    piece.fill(0xaa);
  }
}

/** All chunks in one buffer. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  const copies: Uint8Array[] = [];
  for await (const chunk of chunks) copies.push(chunk.slice());
  return Buffer.concat(copies);
}

/** A copy with one bit flipped. */
export function flipped(bytes: Uint8Array, at: number, bit = at % 8): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1 << bit;
  return copy;
}
