import { closeSync, constants, openSync, readSync } from "node:fs";

/** The name of the file that marks a folder as a cache: https://bford.info/cachedir/ */
export const CACHE_TAG = "CACHEDIR.TAG";

const SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** Whether `file` is a cache directory tag: a file (not a link to one) that begins with the signature. */
export function isCacheTag(file: string): boolean {
  try {
    return head(file, SIGNATURE.length) === SIGNATURE;
  } catch {
    return false;
  }
}

/** The first bytes of a file as text. O_NONBLOCK keeps a fifo of that name from holding up the walk. */
function head(file: string, length: number): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const bytes = new Uint8Array(length);
    return new TextDecoder().decode(bytes.subarray(0, readSync(descriptor, bytes)));
  } finally {
    closeSync(descriptor);
  }
}
