/**
 * Replaces a file so that after a crash it holds either its old content or the new one: a temporary file, sync, rename,
 * sync of the directory (man 2 rename, man 2 fsync). This is the only place where nightdrop replaces a
 * file of the host; those of a store in a directory may lie on a file system without modes or links.
 *
 * The directory may belong to somebody else: the name of the temporary file cannot be guessed, it is created with
 * `O_EXCL` and `O_NOFOLLOW`, and a rename replaces a link instead of following it. The mode does not depend on the umask.
 *
 * @module
 */
import { closeSync, constants, fchmodSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path/posix";

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Replaces `file`, or creates it.
 *
 * @param mode permission bits that it has afterwards.
 * @throws the error of the system; the old content is then still there.
 */
export function replaceFile(file: string, content: string | Uint8Array, mode: number): void {
  using pending = new PendingFile(file, mode);
  pending.publish(content);
}

/** File that is already open and takes its name when its content is known. Without that, nothing is left of it. */
export class PendingFile implements Disposable {
  readonly #file: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  #published = false;

  /**
   * @param mode permission bits that the file will have.
   * @param reserve bytes of disk space that are taken now, for a content that must not fail for a full disk.
   * @throws the error of the system when no such file can be created in the directory.
   */
  constructor(file: string, mode: number, reserve = 0) {
    this.#file = file;
    this.#temporary = `${leftover(file)}${crypto.randomUUID()}${SUFFIX}`;
    this.#descriptor = openSync(this.#temporary, CREATE, 0o600);
    try {
      fchmodSync(this.#descriptor, mode);
      this.#write(new Uint8Array(reserve));
      if (reserve > 0) fsyncSync(this.#descriptor);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Gives the file its content and its name. */
  publish(content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.#write(bytes);
    ftruncateSync(this.#descriptor, bytes.length);
    fsyncSync(this.#descriptor);
    Deno.renameSync(this.#temporary, this.#file);
    this.#published = true;
    syncDirectory(dirname(this.#file));
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
    if (this.#published) return;
    try {
      Deno.removeSync(this.#temporary);
    } catch {
      // Why the file could not be written is what counts.
    }
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      at += writeSync(this.#descriptor, bytes, at, bytes.length - at, at);
    }
  }
}

/** Removes what a crash has left beside `file`. Only for a caller who knows that nobody else is replacing it. */
export function removeLeftovers(file: string): void {
  const prefix = basename(leftover(file));
  for (const { name } of Deno.readDirSync(dirname(file))) {
    if (name.startsWith(prefix) && name.endsWith(SUFFIX)) Deno.removeSync(`${dirname(file)}/${name}`);
  }
}

function leftover(file: string): string {
  return `${dirname(file)}/.${basename(file)}.`;
}

const SUFFIX = ".new";

/** Makes the names in a directory durable (man 2 fsync, description). */
function syncDirectory(path: string): void {
  using directory = Deno.openSync(path);
  directory.syncSync();
}
