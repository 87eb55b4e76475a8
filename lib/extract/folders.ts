import { Damage } from "../model/failure.ts";
import { isWithin, parentOf, prefixes, shown } from "./path.ts";
import { attempt, isBecause, look } from "./system.ts";

/**
 * The folders of a stage, made when they are needed and entered only when they are folders.
 *
 * Remembering the last one is safe, and is all the memory this needs, since entries come in the order of a walk. A
 * path that once was a folder stays one: the stage is ours alone (mode 0700, below a name that nobody could foresee),
 * nothing here removes a folder before everything is published, and whatever would take its name, be it a symlink,
 * is made by a call that fails where something exists.
 */
export class Folders {
  readonly #root: string;
  /** Known to be a folder, like all above it. The empty path is the root. */
  #known = "";

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Makes a folder and those above it, unless they are there.
   *
   * @throws {Damage} when one of them is something else.
   */
  make(path: string): void {
    this.#enter(path, (folder) => {
      if (this.#makeOne(folder)) return true;
      throw new Damage(`"${shown(folder)}" is a folder and something else in one backup`);
    });
  }

  /** Whether `path` is a folder, reached through folders only. */
  has(path: string): boolean {
    return this.#enter(path, (folder) => this.#isFolder(folder));
  }

  /** Goes from what is known down to `path` as long as `step` says that there is a folder. */
  #enter(path: string, step: (folder: string) => boolean): boolean {
    if (isWithin(this.#known, path)) return true;
    let known = this.#known;
    while (!isWithin(path, known)) known = parentOf(known);
    for (const folder of prefixes(path, known)) {
      if (!step(folder)) return false;
      this.#known = folder;
    }
    return true;
  }

  #makeOne(folder: string): boolean {
    try {
      attempt(
        `make the folder "${shown(folder)}"`,
        () => Deno.mkdirSync(this.#place(folder), { mode: 0o700 }),
      );
      return true;
    } catch (error) {
      if (isBecause(error, "EEXIST")) return this.#isFolder(folder);
      throw error;
    }
  }

  #isFolder(folder: string): boolean {
    return look(this.#place(folder), folder)?.isDirectory ?? false;
  }

  #place(folder: string): string {
    return `${this.#root}/${folder}`;
  }
}
