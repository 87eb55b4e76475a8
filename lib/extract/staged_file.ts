import { closeSync, writeSync } from "node:fs";
import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { type Calls, callsOf, setAttributes, withoutModes } from "./attributes.ts";
import type { Losses } from "./losses.ts";
import { shown } from "./path.ts";
import { SparseWriter } from "./sparse_writer.ts";
import { attempt, removeFile } from "./system.ts";

/** Damage because a file has more or less content than its entry announces. */
export class WrongSize extends Damage {}

/** Properties that the files of a stage share. */
export interface FileContext {
  /** Losses so far. */
  readonly losses: Losses;
  /** Whether the file system stores modes. */
  readonly keepsModes: boolean;
  /** Creates a file, readable by us alone, and returns its descriptor. `EEXIST` if the path exists. */
  open(place: string): number;
}

/** File of a stage while it is written. It ends with {@link close} or {@link discard}. */
export class StagedFile {
  /** Absolute path of the file. */
  readonly place: string;
  readonly #entry: Entry;
  readonly #context: FileContext;
  readonly #file: number;
  /** Undefined for a file that had no holes. */
  readonly #sparse: SparseWriter | undefined;
  #open = true;
  #left: number;

  /**
   * Creates the file.
   *
   * @param place Absolute path of the file.
   * @throws {Failure} because of `EEXIST` if the path exists.
   */
  constructor(place: string, entry: Entry, context: FileContext) {
    this.place = place;
    this.#entry = entry;
    this.#context = context;
    this.#left = entry.size;
    this.#file = this.#attempt("make", () => context.open(place));
    this.#sparse = entry.sparse ? new SparseWriter(this.#file) : undefined;
  }

  /**
   * Appends content.
   *
   * @throws {WrongSize} if it is more than the entry announced.
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
   * Ends the file, and sets its owner, mode and time.
   *
   * @throws {WrongSize} if the content is less than the entry announced.
   */
  close(): void {
    if (this.#left > 0) throw this.#wrongSize("less");
    this.#attempt("write", () => this.#sparse?.close());
    setAttributes(this.#calls(), this.#entry, this.#context.losses);
    this.#closeFile();
  }

  /** Removes the file, also after {@link close} has failed. It may be gone with its stage. */
  discard(): void {
    this.#closeFile();
    removeFile(this.place, this.#entry.path);
  }

  /** Returns calls by descriptor, which need no lookup of the path. */
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
    return attempt(doing, call, this.#entry.path);
  }

  #wrongSize(how: string): WrongSize {
    return new WrongSize(
      `"${shown(this.#entry.path)}" has ${how} content than the ${this.#entry.size} bytes announced`,
    );
  }
}
