import { Damage } from "../model/failure.ts";
import { type Layout, placeIn } from "./layout.ts";
import { isWithin, parentOf, prefixes, shown } from "./path.ts";
import { attempt, isBecause, look } from "./system.ts";

/**
 * The directories of a stage, made when they are needed and entered only when they are directories.
 *
 * Remembering the last one is safe, and is all the memory this needs, since entries come in the order of a walk. A
 * path that once was a directory stays one: the stage is ours alone (mode 0700, below a name that nobody could foresee),
 * nothing here removes a directory before everything is published, and whatever would take its name, be it a symlink,
 * is made by a call that fails where something exists.
 */
export class Directories {
  readonly #layout: Layout;
  /** Known to be a directory, like all above it. The empty path is the root. */
  #known = "";

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /**
   * Makes a directory and those above it, unless they are there.
   *
   * @throws {Damage} when one of them is something else.
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
