/**
 * Functions for member paths.
 *
 * @module
 */
export { printablePath as shown } from "../model/printable.ts";

/** Maximum length of a path in bytes: PATH_MAX of Linux without the terminating byte. */
const MAX_BYTES = 4095;

const encoder = new TextEncoder();

/** Whether an absolute path is longer than the system allows. */
export function isTooLong(place: string): boolean {
  return place.length * 3 > MAX_BYTES && encoder.encode(place).length > MAX_BYTES;
}

/** Returns the parent directory of `path`; empty at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** Whether `path` is `directory` or below it. */
export function isWithin(path: string, directory: string): boolean {
  return directory === "" || path === directory || path.startsWith(directory + "/");
}

/**
 * Yields the paths from `directory` down to `path`, which is below it: the first is in `directory`, the last
 * is `path`.
 */
export function* prefixes(path: string, directory: string): Generator<string> {
  for (let at = directory.length; at < path.length;) {
    const next = path.indexOf("/", at + 1);
    at = next === -1 ? path.length : next;
    yield path.slice(0, at);
  }
}
