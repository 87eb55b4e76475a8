import { closeSync, fchmodSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../../disk/replace.ts";
import { shellWord } from "../../model/shell.ts";
import { StoreError } from "../contract.ts";
import { directoryError, errorCode } from "./errors.ts";
import { objectBytes, openObject } from "./files.ts";
import { createFile } from "./durable_file.ts";
import { directoryIdentity } from "../identity.ts";

/** Name of the marker. It begins with a dot, which no object's name does. */
export const MARKER = ".nightdrop-store";

/** Version of the marker's format. */
const FORMAT = "nightdrop-store/1";

/** Limit in bytes, above the size of every marker. */
const MAX_BYTES = 1024;

/** Number of times that a host waits for another host that is writing the marker. */
const WAITS = 50;

/** Milliseconds of each of these waits. */
const WAIT_MS = 100;

/**
 * Reads the identity in the marker of the directory `root`; undefined if there is no marker or no directory.
 *
 * @throws {StoreError} if the marker is malformed or cannot be read.
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
 * Writes a marker with a new identity into the existing directory `root`, durably. Returns the identity.
 *
 * @param replace Replaces an existing marker. Without it, the identity of an existing marker is returned.
 * @throws {StoreError} if it cannot be written.
 */
export async function writeMarker(root: string, replace: boolean): Promise<string> {
  // If another user created the store, this user may have no permission to write into its root.
  const found = replace ? undefined : await readMarker(root);
  if (found !== undefined) return found;
  const id = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const bytes = new TextEncoder().encode(`${FORMAT} ${id}\n`);
  const path = join(await Deno.realPath(root), MARKER);
  try {
    if (replace) replaceFile(path, bytes, 0o444);
    else await createFile(path, bytes);
    readableForAll(path);
    return directoryIdentity(id);
  } catch (error) {
    if (!replace && isTaken(error)) return await markerOfAnother(root);
    if (["EACCES", "EPERM"].includes(errorCode(error))) throw unwritable(root, id, error);
    throw directoryError(error, root);
  }
}

/**
 * Makes the marker readable by all, whatever the umask is: it is no secret, and each host that shares the
 * directory must read it. The mode is set on the open file, because other users may be able to replace the
 * name with a link.
 */
function readableForAll(path: string): void {
  const { file } = openObject(path) ?? {};
  if (file === undefined) return;
  try {
    fchmodSync(file, 0o444);
  } catch {
    // a file system without modes
  } finally {
    closeSync(file);
  }
}

/**
 * Waits for the marker that another host is writing, on a file system without hard links, and returns its
 * identity.
 */
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
    hint: `Restore it from a copy of ${root}, or start a new store there: nightdrop backup --new-store`,
  });
}

function unreadable(root: string): StoreError {
  return new StoreError("denied", `${root}: cannot read the store's marker ${MARKER}: permission denied`, {
    hint: `Give this user access: chmod a+x ${shellWord(root)}; chmod a+r ${shellWord(`${root}/${MARKER}`)}`,
  });
}

/**
 * Returns the error for a root that cannot be written. A host may be allowed to write into its own directory
 * only; then the owner of the store must create the marker.
 */
function unwritable(root: string, id: string, cause: unknown): StoreError {
  return new StoreError("denied", `${root}: cannot write the store's marker ${MARKER}: permission denied`, {
    hint: `Give this user access to ${root}, or write the marker as its owner: ` +
      `echo "${FORMAT} ${id}" > ${shellWord(`${root}/${MARKER}`)}`,
    cause,
  });
}
