/**
 * Replaces a file so that after a crash it holds either its old content or the new one: a temporary file, sync, rename,
 * sync of the directory (man 2 rename, man 2 fsync). This is the only place where nightdrop replaces a
 * file of the host; those of a store in a directory may lie on a file system without modes or links.
 *
 * The directory may belong to another user: the name of the temporary file cannot be guessed, it is created with
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
 * @param mode Permission bits of the new file.
 * @throws {Error} the system's error if it cannot be written; the old content is then unchanged.
 */
export function replaceFile(file: string, content: string | Uint8Array, mode: number): void {
  using pending = new PendingFile(file, mode);
  pending.publish(content);
}

/** Open temporary file that gets its name when its content is known. If it is not published, it is removed. */
export class PendingFile implements Disposable {
  readonly #file: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  #published = false;

  /**
   * @param mode Permission bits of the file.
   * @param reserve Bytes of disk space to allocate now, for content that must not fail because of a full disk.
   * @throws {Error} the system's error if the file cannot be created.
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

  /** Writes the content and renames the file to its name. */
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
      // The error of the write is more important.
    }
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      at += writeSync(this.#descriptor, bytes, at, bytes.length - at, at);
    }
  }
}

/** Removes temporary files that a crash left beside `file`. No other process may be replacing the file. */
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

/** Makes the names in a directory durable: fsync(2). */
function syncDirectory(path: string): void {
  using directory = Deno.openSync(path);
  directory.syncSync();
}
