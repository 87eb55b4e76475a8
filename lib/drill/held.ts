/** Holds what was restored against the signed index. */
import { createHash } from "node:crypto";
import type { Entry } from "../model/entry.ts";
import { printable } from "../model/printable.ts";

/** Bytes that are hashed at a time. */
const CHUNK = 256 * 1024;

/** Modes without set-ID bits: a restore drops these if it cannot set the owner. */
const ACCESS = 0o1777;
const ALL = 0o7777;

/** An entry whose mode or time this machine may not be able to set. */
export interface Held {
  /** Absolute path of the restored entry. */
  readonly file: string;
  readonly entry: Entry;
  /** Absolute path of what a hard link points to. */
  readonly target?: string;
  /** Whether this machine can set owners, and so set-ID bits. */
  readonly owners: boolean;
}

/**
 * Returns what differs between a restored entry and its line of the index, in words; undefined if they agree in type, size,
 * mode, time, link target and, if the index has it, the SHA-256 of the content.
 *
 * @throws {Error} if it cannot be read.
 */
export async function difference(held: Held, signal: AbortSignal): Promise<string | undefined> {
  const { file, entry } = held;
  const info = statOf(file);
  if (info === undefined) return "it was not restored";
  const type = typeOf(info);
  const wanted = entry.type === "hardlink" ? "file" : entry.type;
  if (type !== wanted) return `it is a ${type}, the index lists a ${entry.type}`;
  if (entry.type === "hardlink") return linkDifference(held, info);
  if (entry.type === "symlink") {
    const link = Deno.readLinkSync(file);
    return link === entry.link ? undefined : `it points to "${printable(link)}"`;
  }
  if (entry.type === "file" && info.size !== entry.size) {
    return `it has ${info.size} bytes, the index lists ${entry.size}`;
  }
  return attributeDifference(held, info) ?? await contentDifference(held, signal);
}

function linkDifference({ target }: Held, { ino, dev }: Deno.FileInfo): string | undefined {
  const other = target === undefined ? undefined : statOf(target);
  return other?.ino === ino && other.dev === dev ? undefined : "it is not another name of its file";
}

function attributeDifference({ entry, owners }: Held, info: Deno.FileInfo): string | undefined {
  const bits = owners ? ALL : ACCESS;
  const mode = info.mode! & bits;
  if (mode !== (entry.mode & bits)) {
    return `its mode is ${octal(mode)}, the index lists ${octal(entry.mode & bits)}`;
  }
  const mtime = info.mtime!.getTime();
  if (mtime === entry.mtime) return undefined;
  return `its time is ${info.mtime!.toISOString()}, the index lists ${new Date(entry.mtime).toISOString()}`;
}

async function contentDifference({ file, entry }: Held, signal: AbortSignal): Promise<string | undefined> {
  const { sha256 } = entry;
  if (entry.type !== "file" || sha256 === undefined) return undefined;
  return await sha256Of(file, signal) === sha256 ? undefined : "its content has another SHA-256";
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(CHUNK);
  using file = await Deno.open(path);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    signal.throwIfAborted();
    hash.update(buffer.subarray(0, read));
  }
  return hash.digest("hex");
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function typeOf(info: Deno.FileInfo): string {
  if (info.isFile) return "file";
  if (info.isDirectory) return "directory";
  if (info.isSymlink) return "symlink";
  return info.isFifo ? "fifo" : "special file";
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
