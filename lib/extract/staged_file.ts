import { closeSync, fchmodSync, fchownSync, openSync, writeSync } from "node:fs";
import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { type Calls, callsAt, setAttributes } from "./attributes.ts";
import type { Losses } from "./losses.ts";
import { shown } from "./path.ts";
import { attempt, removeFile } from "./system.ts";

/** A file has more or less content than was announced: the volume that it is in is damaged. */
export class WrongSize extends Damage {}

/** A file of a stage while it is written, and after. It ends with {@link close} or {@link discard}. */
export class StagedFile {
  readonly #path: string;
  readonly #entry: Entry;
  readonly #losses: Losses;
  readonly #file: number;
  #open = true;
  #exists = true;
  #left: number;

  /**
   * Makes the file, readable by us alone. To open with O_CREAT and O_EXCL never follows a symlink (open(2)).
   *
   * @throws {Failure} because of `EEXIST` when there is anything at `path`.
   */
  constructor(path: string, entry: Entry, losses: Losses) {
    this.#path = path;
    this.#entry = entry;
    this.#losses = losses;
    this.#left = entry.size;
    this.#file = this.#attempt("make", () => openSync(path, "wx", 0o600));
  }

  /**
   * Appends content.
   *
   * @throws {WrongSize} when there is more of it than the entry announced.
   */
  write(bytes: Uint8Array): void {
    this.#left -= bytes.length;
    if (this.#left < 0) throw this.#wrongSize("more");
    for (let at = 0; at < bytes.length;) {
      at += this.#attempt("write", () => writeSync(this.#file, bytes, at));
    }
  }

  /**
   * Ends the file and sets its owner, mode and time.
   *
   * @throws {WrongSize} when there was less content than the entry announced.
   */
  close(): void {
    if (this.#left > 0) throw this.#wrongSize("less");
    setAttributes(this.#calls(), this.#entry, this.#losses);
    this.#closeFile();
  }

  /** Removes the file again, also after {@link close}; once is enough, and it may be gone with its stage. */
  discard(): void {
    this.#closeFile();
    if (!this.#exists) return;
    this.#exists = false;
    removeFile(this.#path, this.#entry.path);
  }

  /** By its descriptor, whose path has not to be looked up. Its time is not: `futimes` of Deno 2.9 is off by parts of one. */
  #calls(): Calls {
    return {
      ...callsAt(this.#path),
      chown: (uid, gid) => fchownSync(this.#file, uid, gid),
      chmod: (mode) => fchmodSync(this.#file, mode),
    };
  }

  #closeFile(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }

  #attempt<T>(doing: string, call: () => T): T {
    return attempt(`${doing} "${shown(this.#entry.path)}"`, call);
  }

  #wrongSize(how: string): WrongSize {
    return new WrongSize(
      `"${shown(this.#entry.path)}" has ${how} content than the ${this.#entry.size} bytes announced`,
    );
  }
}
