/**
 * Minimum size in bytes of a buffer that is released. Smaller ones are not worth the call, and may be part of
 * a foreign pool.
 */
const WORTH = 64 * 1024;

/**
 * Releases the memory of a buffer at once if `piece` is its end. A caller that consumes a buffer piece by
 * piece, in order, calls it for each piece that is no longer needed.
 *
 * The garbage collector would release the memory, too, but only after about 64 MB of buffers have
 * accumulated, which is most of the memory of a backup. A released buffer has no bytes (ECMAScript 2024,
 * ArrayBuffer.prototype.transfer).
 */
export function release(piece: Uint8Array<ArrayBuffer>): void {
  const { buffer, byteOffset, byteLength } = piece;
  if (buffer.byteLength >= WORTH && byteOffset + byteLength === buffer.byteLength) buffer.transfer(0);
}

/** Releases the memory of whole buffers at once. They cannot be used afterwards. */
export function releaseAll(buffers: Iterable<ArrayBuffer>): void {
  for (const buffer of buffers) if (!buffer.detached) buffer.transfer(0);
}
