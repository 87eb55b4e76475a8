import { Failure, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";

/**
 * Disk space for the next version of a file of the state directory. A run takes it before it sends anything, so that
 * what it must write at its end does not fail for a full disk. (On a file system that copies on write, such as Btrfs,
 * that is likely and not certain.)
 *
 * The file is replaced in one step: after a crash it holds its old text or the new one (rename(2), fsync(2)).
 */
export class ReservedFile implements Disposable {
  readonly #file: string;
  readonly #temporary: string;
  #handle: Deno.FsFile | undefined;

  /** @throws {Failure} when the space cannot be had; nothing is changed then. */
  constructor(file: string, bytes: number) {
    this.#file = file;
    this.#temporary = `${file}.new`;
    this.#guarded(() => {
      // Whoever writes holds the lock, so what is there was left by a crash.
      removeLeftover(this.#temporary);
      this.#handle = Deno.openSync(this.#temporary, { write: true, createNew: true, mode: 0o600 });
      writeAll(this.#handle, new Uint8Array(bytes));
      this.#handle.syncSync();
    });
  }

  /**
   * Replaces the file.
   *
   * @throws {Failure} when that fails: the file is what it was.
   */
  write(text: string): void {
    this.#guarded(() => {
      const handle = this.#handle!;
      const bytes = new TextEncoder().encode(text);
      handle.seekSync(0, Deno.SeekMode.Start);
      writeAll(handle, bytes);
      handle.truncateSync(bytes.length);
      handle.syncSync();
      this.#close();
      Deno.renameSync(this.#temporary, this.#file);
      syncDirectory(directoryOf(this.#file));
    });
  }

  /** Gives the space back if it was not used. */
  [Symbol.dispose](): void {
    if (this.#handle === undefined) return;
    this.#close();
    try {
      Deno.removeSync(this.#temporary);
    } catch {
      // The next run removes it.
    }
  }

  #close(): void {
    this.#handle?.close();
    this.#handle = undefined;
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this[Symbol.dispose]();
      throw new Failure(`Cannot write "${this.#file}": ${reason(error)}`, {
        hint: writeHint(error, directoryOf(this.#file)),
        cause: error,
      });
    }
  }
}

/**
 * Replaces a file of the state directory in one step, readable by this user alone.
 *
 * @throws {Failure} when that fails: the file is what it was.
 */
export function writeDurably(file: string, text: string): void {
  using reserved = new ReservedFile(file, 0);
  reserved.write(text);
}

/** What to do when a file in `directory` cannot be written. */
export function writeHint(error: unknown, directory: string): string {
  const code = (error as { code?: unknown } | null)?.code;
  const where = shellWord(directory);
  if (code === "ENOSPC") return `Free space on its disk: \`df -h ${where}\` and \`df -i ${where}\` show it`;
  if (code === "EDQUOT") return `Free space of this user's quota, or raise it: \`quota\` shows it`;
  if (code === "EROFS") return `Mount it writable, or set "state" to a directory that this user can write`;
  return `Set "state" to a directory that belongs to this user and is writable: \`ls -ld ${where}\` shows its mode`;
}

function removeLeftover(file: string): void {
  try {
    Deno.removeSync(file, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function directoryOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/")) || "/";
}

function writeAll(handle: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += handle.writeSync(bytes.subarray(at));
}

function syncDirectory(directory: string): void {
  using handle = Deno.openSync(directory);
  handle.syncSync();
}
