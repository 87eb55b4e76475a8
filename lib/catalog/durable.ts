import { dirname } from "node:path/posix";
import { PendingFile, removeLeftovers } from "../disk/replace.ts";
import { Failure, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";

/**
 * Disk space for the next version of a file of the state directory. A run reserves it before it sends
 * anything, so that a full disk cannot make the writes at its end fail. (On a copy-on-write file system such
 * as Btrfs this is likely, but not certain.)
 */
export class ReservedFile implements Disposable {
  readonly #file: string;
  #pending: PendingFile | undefined;

  /**
   * Reserves `bytes` bytes.
   *
   * @throws {Failure} if the space cannot be reserved. Nothing is changed then.
   */
  constructor(file: string, bytes: number) {
    this.#file = file;
    this.#guarded(() => {
      // The writer holds the lock, so a file that exists was left by a crash.
      removeLeftovers(file);
      this.#pending = new PendingFile(file, 0o600, bytes);
    });
  }

  /**
   * Replaces the file.
   *
   * @throws {Failure} if this fails. The file is unchanged then.
   */
  write(text: string): void {
    this.#guarded(() => this.#pending!.publish(text));
    this[Symbol.dispose]();
  }

  /** Releases the space if it was not used. */
  [Symbol.dispose](): void {
    this.#pending?.[Symbol.dispose]();
    this.#pending = undefined;
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this[Symbol.dispose]();
      throw new Failure(`Cannot write "${this.#file}": ${reason(error)}`, {
        hint: writeHint(error, dirname(this.#file)),
        cause: error,
      });
    }
  }
}

/**
 * Replaces a file of the state directory atomically. Only this user can read it.
 *
 * @throws {Failure} if this fails. The file is unchanged then.
 */
export function writeDurably(file: string, text: string): void {
  using reserved = new ReservedFile(file, 0);
  reserved.write(text);
}

/** Returns the hint for a file in `directory` that cannot be written. */
export function writeHint(error: unknown, directory: string): string {
  const code = (error as { code?: unknown } | null)?.code;
  const where = shellWord(directory);
  if (code === "ENOSPC") return `Free space on its disk: \`df -h ${where}\` and \`df -i ${where}\` show it`;
  if (code === "EDQUOT") return `Free space of this user's quota, or raise it: \`quota\` shows it`;
  if (code === "EROFS") return `Mount it writable, or set "state" to a directory that this user can write`;
  return `Set "state" to a directory that belongs to this user and is writable: \`ls -ld ${where}\` shows its mode`;
}
