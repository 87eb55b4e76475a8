import { closeSync, constants, openSync, readSync } from "node:fs";
import type { Selection } from "../model/selection.ts";
import type { Names } from "./listing.ts";

/** Name of the file that marks a directory as a cache: https://bford.info/cachedir/ */
const CACHE_TAG = "CACHEDIR.TAG";

const SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** Returns the names in the directory at `path` that leave out everything else in it, each once. */
export function markersIn(
  path: string,
  names: Names,
  { excludeIfPresent, excludeCaches }: Selection,
): string[] {
  const markers = new Set(excludeIfPresent.filter((name) => names.has(name)));
  if (excludeCaches && names.has(CACHE_TAG) && isCacheTag(`${path}/${CACHE_TAG}`)) markers.add(CACHE_TAG);
  return [...markers];
}

/** Whether `file` is a cache directory tag: a file, not a link, that begins with the signature. */
function isCacheTag(file: string): boolean {
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
