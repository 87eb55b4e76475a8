import { collectGarbage } from "../buffers/garbage.ts";

/** Size in bytes above which receipts are read one at a time. */
const LARGE = 1024 * 1024;

/** Settles when the last large receipt has been read. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Reads a receipt of `size` bytes. Large ones are read one after the other, whichever host they are of, and each after the garbage
 * of the one before: the largest takes 150 MB while it is decoded.
 */
export function readInTurn<T>(size: number, read: () => Promise<T>): Promise<T> {
  if (size < LARGE) return read();
  const result = last.then(() => {
    collectGarbage();
    return read();
  });
  last = result.catch(() => {});
  return result;
}
