import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

const OPEN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Returns the text of a file in a directory that others can write to. Returns undefined for a link, a pipe, a device, a
 * directory, a missing file, and a file larger than `maxBytes`.
 *
 * @throws {Error} the system's error if a plain file cannot be read.
 */
export function readPlainFile(path: string, maxBytes: number): string | undefined {
  // In a narrowed sandbox Deno resolves a link before it opens it, so O_NOFOLLOW has no effect: check the link, too.
  const seen = attempt(() => Deno.lstatSync(path));
  const file = seen?.isFile ? attempt(() => openSync(path, OPEN)) : undefined;
  if (file === undefined) return undefined;
  try {
    const { dev, ino, size } = fstatSync(file);
    const same = dev === seen!.dev && ino === seen!.ino;
    return same && size <= maxBytes ? textOf(file, size) : undefined;
  } finally {
    closeSync(file);
  }
}

function textOf(file: number, size: number): string {
  const bytes = new Uint8Array(size);
  let length = 0;
  for (let read = -1; length < size && read !== 0; length += read) {
    read = readSync(file, bytes, length, size - length, null);
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (
      error instanceof Error && "code" in error && ["ENOENT", "ELOOP", "ENXIO"].includes(String(error.code))
    ) {
      return undefined;
    }
    throw error;
  }
}
