import type { Entry } from "../model/entry.ts";
import { compareUtf8 } from "../model/utf8_order.ts";

/**
 * Decides when directories are written to a stream: each before its first entry. GNU tar sets the time and
 * the mode of a directory at the first entry outside of it (see `--delay-directory-restore` in its manual).
 * Directories that get further entries after that are written once more at the end.
 */
export class TarDirectories {
  readonly #all: ReadonlyMap<string, Entry>;
  readonly #written = new Set<string>();
  readonly #again = new Set<string>();
  #last = "";

  /**
   * Creates the object.
   *
   * @param all Directories by their paths.
   */
  constructor(all: ReadonlyMap<string, Entry>) {
    this.#all = all;
  }

  /**
   * Yields the directories that must be written before an entry, parents first; for a directory also itself.
   */
  *before({ path, type }: Entry): Generator<Entry> {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      yield* this.#enter(path.slice(0, end));
    }
    if (type === "directory") yield* this.#enter(path, true);
    this.#last = path;
  }

  /** Yields the directories that must be written once more. */
  *again(): Generator<Entry> {
    for (const path of [...this.#again].sort(compareUtf8)) yield this.#all.get(path)!;
  }

  *#enter(path: string, isItself = false): Generator<Entry> {
    const directory = this.#all.get(path);
    if (directory === undefined) return;
    if (this.#written.has(path)) {
      if (!isItself && this.#last !== path && !this.#last.startsWith(`${path}/`)) this.#again.add(path);
      return;
    }
    this.#written.add(path);
    yield directory;
    this.#last = path;
  }
}
