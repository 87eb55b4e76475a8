import { dirname, join } from "node:path";
import { sha256 } from "../../model/digest.ts";
import { StoreError } from "../contract.ts";
import { errorCode } from "./errors.ts";
import type { Pacer } from "../pacer.ts";

/** Bytes that are written between two checks of the abort signal. */
const CHUNK = 1024 * 1024;

/**
 * Creates the file `path` with `bytes`, durably and atomically. It never replaces a file.
 *
 * It does not use `replaceFile`, which is for small files of nightdrop's own: here the name is taken only if
 * it is free (link(2) instead of rename(2)), and the write is paced and can be aborted.
 *
 * The name of the temporary file begins with a dot, which no object's name does. So a file that is left after
 * a crash is never listed, and does not block a later put.
 *
 * @returns Modification time of the file, by the clock of its file system.
 * @throws The error of the system; `EEXIST` if the file exists.
 */
export async function createFile(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
  pacer?: Pacer,
): Promise<Date | undefined> {
  const directory = dirname(path);
  const temporary = join(directory, `.incoming-${crypto.randomUUID()}`);
  let time: Date | undefined;
  try {
    time = await writeDurably(temporary, bytes, signal, pacer);
    await publish(temporary, path);
  } finally {
    await Deno.remove(temporary).catch(() => {}); // it may not exist, or be renamed already
  }
  await syncDirectory(directory);
  return time;
}

/** Makes the names in a directory durable: fsync(2), section "Description". */
export async function syncDirectory(path: string): Promise<void> {
  using directory = await Deno.open(path);
  await directory.sync();
}

async function writeDurably(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
  pacer?: Pacer,
): Promise<Date | undefined> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o444 });
  for (let at = 0; at < bytes.length;) {
    const chunk = bytes.subarray(at, at + (pacer?.slice ?? CHUNK));
    await pacer?.pass(chunk.length, signal);
    at += await file.write(chunk);
    signal?.throwIfAborted();
  }
  await file.sync();
  signal?.throwIfAborted();
  return (await file.stat()).mtime ?? undefined;
}

/** Gives a finished file its name with link(2), which never replaces another file, in one step. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await Deno.link(temporary, path);
  } catch (error) {
    if (!["EPERM", "ENOSYS", "EOPNOTSUPP", "ENOTSUP"].includes(errorCode(error))) throw error;
    await publishWithoutLinks(temporary, path);
  }
}

/**
 * Gives a finished file its name on a file system without hard links (FAT, some network file systems). Only
 * rename(2) is left there, which replaces: a hidden claim file excludes other writers of the name between the
 * check and the rename.
 */
async function publishWithoutLinks(temporary: string, path: string): Promise<void> {
  const claim = join(dirname(path), `.claim-${sha256(new TextEncoder().encode(path))}`);
  try {
    (await Deno.open(claim, { write: true, createNew: true, mode: 0o600 })).close();
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    throw new StoreError("busy", "Another writer is storing an object of the same name", {
      hint: "If no other backup is running, a crash left files named .claim-… in the store: remove them",
    });
  }
  try {
    if (await exists(path)) throw new StoreError("exists", "An object of that name is already stored");
    await Deno.rename(temporary, path);
  } finally {
    await Deno.remove(claim);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
