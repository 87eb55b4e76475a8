const spare = new Map<number, Uint8Array<ArrayBuffer>[]>();

/**
 * A buffer of `size` bytes for the time until it is {@link giveBack given back}. What it holds is left from its last use.
 *
 * Volumes come one after the other, and each needs the same few buffers. Left to the garbage collector they pile up,
 * for it does not see how large they are until there are some 64 MB of them.
 */
export function borrow(size: number): Uint8Array<ArrayBuffer> {
  return spare.get(size)?.pop() ?? new Uint8Array(size);
}

/** Ends the use of a borrowed buffer. It must not be looked at any more. */
export function giveBack(buffer: Uint8Array<ArrayBuffer>): void {
  const others = spare.get(buffer.length);
  if (others) others.push(buffer);
  else spare.set(buffer.length, [buffer]);
}
