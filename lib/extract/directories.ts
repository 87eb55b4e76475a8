import { Damage } from "../model/failure.ts";
import { type Layout, placeIn } from "./layout.ts";
import { isWithin, parentOf, prefixes, shown } from "./path.ts";
import { attempt, isBecause, look } from "./system.ts";

/**
 * Directories of a stage. They are made when they are needed. Nothing is made below a path that is not a directory.
 *
 * Only the last one is remembered, since entries come in the order of a walk. That is safe, because a path that is a directory
 * stays one: the stage belongs to this user alone (mode 0700, a name that cannot be guessed), no directory is removed before
 * everything is published, and everything is made by calls that fail if something exists.
 */
export class Directories {
  readonly #layout: Layout;
  /** Known to be a directory, like all above it. The empty path is the root. */
  #known = "";

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /**
   * Makes a directory and those above it, unless they exist.
   *
   * @throws {Damage} if one of them is something else.
   */
  make(path: string): void {
    this.#enter(path, (directory) => {
      if (this.#makeOne(directory)) return true;
      throw new Damage(`"${shown(directory)}" is a directory and something else in one backup`);
    });
  }

  /** Whether `path` is a directory, reached through directories only. */
  has(path: string): boolean {
    return this.#enter(path, (directory) => this.#isDirectory(directory));
  }

  /** Goes from what is known down to `path` as long as `step` says that there is a directory. */
  #enter(path: string, step: (directory: string) => boolean): boolean {
    if (isWithin(this.#known, path)) return true;
    let known = this.#known;
    while (!isWithin(path, known)) known = parentOf(known);
    for (const directory of prefixes(path, known)) {
      if (!step(directory)) return false;
      this.#known = directory;
    }
    return true;
  }

  #makeOne(directory: string): boolean {
    try {
      attempt(
        `make the directory "${shown(directory)}"`,
        () => Deno.mkdirSync(this.#place(directory), { mode: 0o700 }),
      );
      return true;
    } catch (error) {
      if (isBecause(error, "EEXIST")) return this.#isDirectory(directory);
      throw error;
    }
  }

  #isDirectory(directory: string): boolean {
    return look(this.#place(directory), directory)?.isDirectory ?? false;
  }

  #place(directory: string): string {
    return placeIn(this.#layout, directory);
  }
}
