import { join } from "node:path";
import { replaceFile } from "../../disk/replace.ts";
import { shellWord } from "../../model/shell.ts";
import { StoreError } from "../contract.ts";
import { directoryError, errorCode } from "./errors.ts";
import { objectBytes, openObject } from "./files.ts";
import { createFile } from "./durable_file.ts";
import { directoryIdentity } from "../identity.ts";

/** Name of the marker. It begins with a dot, as no object does. */
export const MARKER = ".nightdrop-store";

/** The version of the marker. */
const FORMAT = "nightdrop-store/1";

/** More than any marker has. */
const MAX_BYTES = 1024;

/** How often a host waits for another one that is writing the marker, and for how many milliseconds each time. */
const WAITS = 50;
const WAIT_MS = 100;

/**
 * Reads the identity in the marker of the directory `root`; undefined where there is no marker or no directory.
 *
 * @throws {StoreError} if the marker is not one, or cannot be read.
 */
export async function readMarker(root: string): Promise<string | undefined> {
  try {
    const real = await Deno.realPath(root);
    if (!(await Deno.lstat(join(real, MARKER))).isFile) throw malformed(root, "is not a file");
    return identityIn(root, await objectBytes(real, MARKER, { maxBytes: MAX_BYTES }));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    if (error instanceof StoreError && error.kind === "oversized") throw malformed(root, "is too large");
    if (errorCode(error) === "EACCES") throw unreadable(root);
    throw directoryError(error, root);
  }
}

/**
 * Gives the directory `root`, which exists, a marker with a new identity, durably.
 *
 * @param replace also where it has one. Without, the identity of the marker that is there is returned.
 * @throws {StoreError} if it cannot be written.
 */
export async function writeMarker(root: string, replace: boolean): Promise<string> {
  // Where another has begun the store, this user need not be able to write into its root.
  const found = replace ? undefined : await readMarker(root);
  if (found !== undefined) return found;
  const id = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const bytes = new TextEncoder().encode(`${FORMAT} ${id}\n`);
  const path = join(await Deno.realPath(root), MARKER);
  try {
    if (replace) replaceFile(path, bytes, 0o444);
    else await createFile(path, bytes);
    await readableForAll(path);
    return directoryIdentity(id);
  } catch (error) {
    if (!replace && isTaken(error)) return await markerOfAnother(root);
    if (["EACCES", "EPERM"].includes(errorCode(error))) throw unwritable(root, id, error);
    throw directoryError(error, root);
  }
}

/**
 * The marker is no secret, and each host that shares the directory has to read it, whatever the umask was here. It is the
 * open file that takes the mode: others may be able to put a link in its place.
 */
async function readableForAll(path: string): Promise<void> {
  const file = await openObject(path);
  await file?.chmod(0o444).catch(() => {});
  await file?.close();
}

/** Where the file system has no hard links, another host may still be on its way to its marker. */
async function markerOfAnother(root: string): Promise<string> {
  for (let waits = 0; waits < WAITS; waits += 1) {
    const identity = await readMarker(root);
    if (identity !== undefined) return identity;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  throw new StoreError("busy", `${root}: another host is writing ${MARKER}`, {
    hint: `If no other host is running a backup, remove the files named .claim-… from ${root}`,
  });
}

function isTaken(error: unknown): boolean {
  if (error instanceof StoreError) return error.kind === "exists" || error.kind === "busy";
  return errorCode(error) === "EEXIST";
}

function identityIn(root: string, bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const [, id] = MARKER_TEXT.exec(text) ?? [];
  if (id !== undefined) return directoryIdentity(id);
  throw malformed(root, /^nightdrop-store\/(?!1\b)/.test(text) ? "has another format" : "is damaged");
}

const MARKER_TEXT = /^nightdrop-store\/1 ([0-9a-f]{32})\n?$/;

function malformed(root: string, what: string): StoreError {
  return new StoreError("setup", `${root}: the store's marker ${MARKER} ${what}`, {
    hint: `Restore it from a copy of ${root}, or start a new store there: backup --new-store`,
  });
}

function unreadable(root: string): StoreError {
  return new StoreError("denied", `${root}: cannot read the store's marker ${MARKER}: permission denied`, {
    hint: `Give this user access: chmod a+x ${shellWord(root)}; chmod a+r ${shellWord(`${root}/${MARKER}`)}`,
  });
}

/** A host may be allowed to write into its own directory there only: then the owner of the store begins it. */
function unwritable(root: string, id: string, cause: unknown): StoreError {
  return new StoreError("denied", `${root}: cannot write the store's marker ${MARKER}: permission denied`, {
    hint: `Give this user access to ${root}, or write the marker as its owner: ` +
      `echo "${FORMAT} ${id}" > ${shellWord(`${root}/${MARKER}`)}`,
    cause,
  });
}
