/** Member paths as text. */
export { printablePath as shown } from "../model/printable.ts";

/** PATH_MAX of Linux without the byte that ends a path. */
const MAX_BYTES = 4095;

const encoder = new TextEncoder();

/** Whether `path` below `root` is longer than the system takes. */
export function isTooLong(root: string, path: string): boolean {
  const length = root.length + 1 + path.length;
  return length * 3 > MAX_BYTES && encoder.encode(`${root}/${path}`).length > MAX_BYTES;
}

/** The folder that `path` is in; empty at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** Whether `path` is `folder` or below it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(folder + "/");
}

/** The paths on the way from `folder` down to `path`, which is below it: the first is in `folder`, the last `path`. */
export function* prefixes(path: string, folder: string): Generator<string> {
  for (let at = folder.length; at < path.length;) {
    const next = path.indexOf("/", at + 1);
    at = next === -1 ? path.length : next;
    yield path.slice(0, at);
  }
}
