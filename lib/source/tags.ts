import { closeSync, constants, openSync, readSync } from "node:fs";

/** Name of the file that marks a directory as a cache: https://bford.info/cachedir/ */
export const CACHE_TAG = "CACHEDIR.TAG";

const SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** Whether `file` is a cache directory tag: a file, not a link, that begins with the signature. */
export function isCacheTag(file: string): boolean {
  try {
    return Deno.lstatSync(file).isFile && head(file, SIGNATURE.length) === SIGNATURE;
  } catch {
    return false;
  }
}

/**
 * Returns the first bytes of a file as text. O_NONBLOCK prevents a fifo that has just replaced the file from
 * blocking the walk.
 */
function head(file: string, length: number): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = new Uint8Array(length);
    return new TextDecoder().decode(bytes.subarray(0, readSync(descriptor, bytes)));
  } finally {
    closeSync(descriptor);
  }
}
