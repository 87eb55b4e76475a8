import { closeSync, constants, fstatSync, openSync, read, readSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type GetOptions, type ListOptions, type StoredObject, StoreError } from "../contract.ts";
import { directoryError, errorCode } from "./errors.ts";
import { isName } from "../name.ts";
import { compareUtf8 } from "../../model/utf8_order.ts";

/** Bytes that are read between two checks of the abort signal. */
const CHUNK = 1024 * 1024;

/** Maximum size in bytes of a file that is read faster than another thread could be asked to do it. */
const SMALL = 64 * 1024;

/** Yields the objects of the store at `root` whose names begin with `prefix`, in the order of their names. */
export function* objectsWith(root: string, prefix: string, options: ListOptions): Generator<StoredObject> {
  const directory = directoryOf(root, prefix);
  if (directory !== undefined) yield* objectsBelow(root, directory, prefix, options);
}

/**
 * Yields the objects below `directory` (empty, or ending in a slash) of the store at `root`, in the order of
 * their names. It reads one directory at a time. Links are no objects and are not followed.
 */
function* objectsBelow(
  root: string,
  directory: string,
  prefix: string,
  options: ListOptions,
): Generator<StoredObject> {
  const { after = "", signal } = options;
  const wanted = (name: string): boolean =>
    name.endsWith("/")
      ? (name.startsWith(prefix) || prefix.startsWith(name)) &&
        (compareUtf8(name, after) > 0 || after.startsWith(name))
      : name.startsWith(prefix) && compareUtf8(name, after) > 0;
  for (const name of namesIn(root, directory, prefix, options).filter(wanted).sort(compareUtf8)) {
    signal?.throwIfAborted();
    if (name.endsWith("/")) yield* objectsBelow(root, name, prefix, options);
    else yield* objectAt(root, name, options);
  }
}

/**
 * Returns the directory (empty, or ending in a slash) below which all objects with a prefix are; undefined if there is none. A list
 * from the top would read the names of all snapshots to find the objects of one.
 *
 * A user who can write to the directory could have created a link there, so each directory above must be a real one.
 */
function directoryOf(root: string, prefix: string): string | undefined {
  const directory = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  if (!isName(directory.slice(0, -1)) || isLossy(directory)) return "";
  try {
    for (let end = directory.indexOf("/"); end >= 0; end = directory.indexOf("/", end + 1)) {
      const status = unlessGone(() => Deno.lstatSync(join(root, directory.slice(0, end))));
      if (!status?.isDirectory) return undefined;
    }
    return directory;
  } catch {
    return ""; // the list from the top reports it
  }
}

/** Yields the names of the directories at the top of the store. */
export function* directoriesIn(root: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(root)) if (isDirectory && isName(name)) yield name;
}

/**
 * Returns the names of files and directories. A directory's name ends in a slash, which sorts it where its
 * objects belong.
 */
function namesIn(root: string, directory: string, prefix: string, { passedOver }: ListOptions): string[] {
  const names: string[] = [];
  const seen = new Set<string>();
  for (const entry of entriesOf(root, directory, passedOver)) {
    const name = directory + entry.name;
    if (entry.name.startsWith(".")) continue;
    const isObject = isName(name) && (entry.isDirectory || entry.isFile) &&
      !(isLossy(name) && seen.has(name));
    if (isObject) names.push(entry.isDirectory ? name + "/" : name);
    else if (name.startsWith(prefix)) passedOver?.(name);
    if (isLossy(name)) seen.add(name);
  }
  return names;
}

function entriesOf(root: string, directory: string, passedOver: ListOptions["passedOver"]): Deno.DirEntry[] {
  try {
    const entries = unlessGone(() => [...Deno.readDirSync(join(root, directory))]);
    if (entries === undefined && isLossy(directory)) passedOver?.(directory);
    return entries ?? [];
  } catch (error) {
    if (directory === "" || passedOver === undefined) throw error;
    passedOver(directory, directoryError(error, root));
    return [];
  }
}

function* objectAt(root: string, name: string, { passedOver }: ListOptions): Generator<StoredObject> {
  const status = statusAt(root, name, passedOver);
  if (status?.isFile) yield { name, size: status.size, storedAt: status.mtime ?? new Date(0) };
  else if (status === undefined && isLossy(name)) passedOver?.(name);
}

function statusAt(
  root: string,
  name: string,
  passedOver: ListOptions["passedOver"],
): Deno.FileInfo | undefined {
  try {
    return unlessGone(() => Deno.lstatSync(join(root, name)));
  } catch (error) {
    if (passedOver === undefined) throw error;
    passedOver(name, directoryError(error, root));
    return undefined;
  }
}

/**
 * Whether a name may differ from the name on the disk. Deno replaces bytes that are not UTF-8 with U+FFFD,
 * and cannot open such a name (https://github.com/denoland/deno/issues/627).
 */
function isLossy(name: string): boolean {
  return name.includes("\ufffd");
}

/**
 * Returns the result of `look`; undefined if the file is gone in the meantime. Such a file was no object,
 * because objects stay.
 */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Returns the bytes of the object `name` in the store at `root`, which is a real path.
 *
 * A user who can write to the directory could have created a link, a fifo or a device there. So only regular
 * files in real directories are read.
 */
export async function objectBytes(
  root: string,
  name: string,
  options: GetOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const opened = openObject(join(root, name));
  if (opened === undefined) throw new StoreError("missing", `${root}: there is no such object`);
  const { file, size } = opened;
  try {
    if (size > options.maxBytes) {
      throw new StoreError(
        "oversized",
        `${root}: an object has more than the ${options.maxBytes} bytes expected`,
      );
    }
    return await readWhole(file, size, options.signal);
  } finally {
    closeSync(file);
  }
}

/**
 * Opens a regular file in real directories where others may have created anything, and returns its descriptor
 * and size; undefined if there is no such file. Synchronous, because there may be 100,000 small ones.
 */
export function openObject(path: string): { readonly file: number; readonly size: number } | undefined {
  try {
    if (Deno.realPathSync(dirname(path)) !== dirname(path)) return undefined;
    // With limited permissions Deno opens the resolved path, so O_NOFOLLOW has no effect. Instead, the opened file must
    // be the one that lstat found.
    const seen = Deno.lstatSync(path);
    if (!seen.isFile) return undefined;
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { dev, ino, size } = fstatSync(file);
    if (dev === seen.dev && ino === seen.ino) return { file, size };
    closeSync(file);
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes(errorCode(error))) throw error;
  }
  return undefined;
}

const readLater = promisify(read);

async function readWhole(
  file: number,
  size: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const length = Math.min(CHUNK, size - at);
    const bytesRead = size <= SMALL
      ? readSync(file, bytes, at, length, at)
      : (await readLater(file, bytes, at, length, at)).bytesRead;
    if (bytesRead === 0) throw new StoreError("failed", "An object was cut while it was read");
    at += bytesRead;
    signal?.throwIfAborted();
  }
  return bytes;
}
