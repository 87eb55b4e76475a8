const spare = new Map<number, Uint8Array<ArrayBuffer>[]>();

/**
 * Returns a buffer of `size` bytes until it is {@link giveBack given back}. It contains data of its last use.
 *
 * Volumes are processed one after the other, and each needs the same few buffers. The garbage collector would
 * let them accumulate, because it does not see their size until there are about 64 MB of them.
 */
export function borrow(size: number): Uint8Array<ArrayBuffer> {
  return spare.get(size)?.pop() ?? new Uint8Array(size);
}

/** Returns a borrowed buffer. The caller must not use it any more. */
export function giveBack(buffer: Uint8Array<ArrayBuffer>): void {
  const others = spare.get(buffer.length);
  if (others) others.push(buffer);
  else spare.set(buffer.length, [buffer]);
}
