/** Smaller buffers are not worth the call, and may be pieces of a pool that is not ours. */
const WORTH = 64 * 1024;

/**
 * Gives the memory of a buffer back at once when `piece` is the end of it. A caller that takes a buffer piece by piece, in
 * order, calls it for each piece that is done with.
 *
 * The garbage collector would do so too, but lets some 64 MB of buffers pile up first: that is most of what a backup
 * needs. A buffer that was given back has no bytes any more (ECMAScript 2024, ArrayBuffer.prototype.transfer).
 */
export function release(piece: Uint8Array<ArrayBuffer>): void {
  const { buffer, byteOffset, byteLength } = piece;
  if (buffer.byteLength >= WORTH && byteOffset + byteLength === buffer.byteLength) buffer.transfer(0);
}

/** Releases the memory of whole buffers at once, and ends their use. */
export function releaseAll(buffers: Iterable<ArrayBuffer>): void {
  for (const buffer of buffers) if (!buffer.detached) buffer.transfer(0);
}
