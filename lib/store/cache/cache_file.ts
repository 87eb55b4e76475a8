/**
 * Files of the cache. Each is replaced by a rename, so that no process reads half of one. They are not synced: a file that
 * a crash has cut is recognized by its digest, and fetched again. Beginning with a dot, a name is that of a temporary file.
 *
 * @module
 */
import { dirname } from "node:path/posix";
import { DAY_MS } from "../../model/day.ts";

/** A file is marked as used at most once in this time. */
const USED_AGAIN_MS = DAY_MS;

/** Returns the bytes of a file and marks it as used; undefined if it is missing, larger than expected or unreadable. */
export function readCacheFile(path: string, maxBytes: number): Uint8Array<ArrayBuffer> | undefined {
  try {
    const { isFile, size, mtime } = Deno.lstatSync(path);
    if (!isFile || size > maxBytes) return undefined;
    const bytes = Deno.readFileSync(path);
    const now = new Date();
    if (Math.abs(now.getTime() - (mtime?.getTime() ?? 0)) > USED_AGAIN_MS) Deno.utimeSync(path, now, now);
    return bytes;
  } catch {
    return undefined;
  }
}

/** Writes a file. Returns whether it was written. */
export function writeCacheFile(path: string, bytes: Uint8Array): boolean {
  const temporary = `${dirname(path)}/.${crypto.randomUUID()}`;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    Deno.writeFileSync(temporary, bytes, { createNew: true, mode: 0o600 });
    Deno.renameSync(temporary, path);
    return true;
  } catch {
    removeCacheFile(temporary);
    return false;
  }
}

/** Removes a file, if it is there. */
export function removeCacheFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Another process may have removed it.
  }
}

/** File of the cache. */
export interface CacheFile {
  readonly path: string;
  readonly size: number;
  /** Days since it was last used. */
  readonly age: number;
}

/** Yields the files below a directory. */
export function* cacheFiles(directory: string, now: number): Generator<CacheFile> {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(directory)];
  } catch {
    return;
  }
  for (const { name, isDirectory } of entries) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* cacheFiles(path, now);
    else yield* fileAt(path, now);
  }
}

function* fileAt(path: string, now: number): Generator<CacheFile> {
  try {
    const { size, mtime } = Deno.lstatSync(path);
    yield { path, size, age: Math.max(Math.floor((now - (mtime?.getTime() ?? 0)) / DAY_MS), 0) };
  } catch {
    // Another process has removed it.
  }
}
