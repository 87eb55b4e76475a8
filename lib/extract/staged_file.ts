import { closeSync, openSync, writeSync } from "node:fs";
import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { type Calls, callsOf, setAttributes, withoutModes } from "./attributes.ts";
import type { Losses } from "./losses.ts";
import { shown } from "./path.ts";
import { SparseWriter } from "./sparse_writer.ts";
import { attempt, removeFile } from "./system.ts";

/** A file has more or less content than was announced: its volume is damaged. */
export class WrongSize extends Damage {}

/** What the files of a stage have in common. */
export interface FileContext {
  /** What could not be kept so far. */
  readonly losses: Losses;
  /** Whether the file system keeps modes. */
  readonly keepsModes: boolean;
}

/** A file of a stage while it is written. It ends with {@link close} or {@link discard}. */
export class StagedFile {
  /** Its absolute path. */
  readonly place: string;
  readonly #entry: Entry;
  readonly #context: FileContext;
  readonly #file: number;
  /** Undefined for a file that had no holes. */
  readonly #sparse: SparseWriter | undefined;
  #open = true;
  #left: number;

  /**
   * Makes the file, readable by us alone. To open with O_CREAT and O_EXCL never follows a symlink (open(2)).
   *
   * @param place its absolute path.
   * @throws {Failure} because of `EEXIST` if something is there.
   */
  constructor(place: string, entry: Entry, context: FileContext) {
    this.place = place;
    this.#entry = entry;
    this.#context = context;
    this.#left = entry.size;
    this.#file = this.#attempt("make", () => openSync(place, "wx", 0o600));
    this.#sparse = entry.sparse ? new SparseWriter(this.#file) : undefined;
  }

  /**
   * Appends content.
   *
   * @throws {WrongSize} if there is more of it than the entry announced.
   */
  write(bytes: Uint8Array): void {
    this.#left -= bytes.length;
    if (this.#left < 0) throw this.#wrongSize("more");
    if (this.#sparse !== undefined) return this.#attempt("write", () => this.#sparse!.write(bytes));
    for (let at = 0; at < bytes.length;) {
      at += this.#attempt("write", () => writeSync(this.#file, bytes, at));
    }
  }

  /**
   * Ends the file and sets its owner, mode and time.
   *
   * @throws {WrongSize} if there was less content than the entry announced.
   */
  close(): void {
    if (this.#left > 0) throw this.#wrongSize("less");
    this.#attempt("write", () => this.#sparse?.close());
    setAttributes(this.#calls(), this.#entry, this.#context.losses);
    this.#closeFile();
  }

  /** Removes the file again, also when {@link close} has failed. It may be gone with its stage. */
  discard(): void {
    this.#closeFile();
    removeFile(this.place, this.#entry.path);
  }

  /** Calls by descriptor need no look-up of the path. */
  #calls(): Calls {
    const calls = callsOf(this.#file, this.place);
    return this.#context.keepsModes ? calls : withoutModes(calls);
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
