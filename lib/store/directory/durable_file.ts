import { dirname, join } from "node:path";
import { sha256 } from "../../model/digest.ts";
import { StoreError } from "../contract.ts";
import { errorCode } from "./errors.ts";
import type { Pacer } from "../pacer.ts";

/** What is written between two looks at the abort signal. */
const CHUNK = 1024 * 1024;

/**
 * Creates the file `path` with `bytes`, durably and completely, or not at all. It never replaces a file.
 *
 * It shares nothing with `replaceFile`, which is for small files of our own: an object takes its name only if it is free
 * (link(2) instead of rename(2)), is paced and can be aborted while it is written.
 *
 * The temporary file begins with a dot, as no object does: what a crash leaves of it is never listed, and does
 * not block a later put.
 *
 * @returns The file's time, by the clock of its file system.
 * @throws The error of the system; `EEXIST` if there is such a file.
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
    await Deno.remove(temporary).catch(() => {}); // it was never made, or has been renamed, or is debris
  }
  await syncDirectory(directory);
  return time;
}

/** A name is durable when its directory is: fsync(2), description. */
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

/** link(2) gives a finished file its name and never takes it from another, in one step. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await Deno.link(temporary, path);
  } catch (error) {
    if (!["EPERM", "ENOSYS", "EOPNOTSUPP", "ENOTSUP"].includes(errorCode(error))) throw error;
    await publishWithoutLinks(temporary, path);
  }
}

/**
 * For file systems without hard links (FAT, some network ones), where rename(2) is all there is, and that one
 * replaces: a hidden claim keeps other writers of the name out between the look and the rename.
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
