import { type Entry, isMemberPath } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { Directories } from "./directories.ts";
import { type Losses, noLosses } from "./losses.ts";
import { isTooLong, parentOf, shown } from "./path.ts";
import { StagedFile } from "./staged_file.ts";
import { attempt, isBecause, isLostAlone, look, Refused, removeFile } from "./system.ts";

/**
 * What can be made in a stage by several threads at the same time: files, and the directories that they lie in. Nothing is
 * made but what was not there, so two that make the same do each other no harm.
 */
export class StagedFiles {
  /** Absolute path of the stage. */
  readonly root: string;
  readonly directories: Directories;
  /** What could not be kept so far. */
  readonly losses: Losses = noLosses();

  /** @param root a stage's directory, which exists. */
  constructor(root: string) {
    this.root = root;
    this.directories = new Directories(root);
  }

  /**
   * Begins a file.
   *
   * @throws {Damage} when its path is not possible, or taken.
   */
  file(entry: Entry): StagedFile {
    return this.make(entry, (path) => new StagedFile(path, entry, this.losses));
  }

  /** Makes something new at the entry's path, in a directory that is one. */
  make<T>({ path }: Entry, make: (path: string) => T): T {
    this.check(path);
    this.directories.make(parentOf(path));
    try {
      return attempt(`make "${shown(path)}"`, () => make(`${this.root}/${path}`));
    } catch (error) {
      if (!isBecause(error, "EEXIST")) throw error;
      throw pathTaken(path, error);
    }
  }

  /** Removes a file that was made. It may be gone with its stage. */
  remove({ path }: Entry): void {
    removeFile(`${this.root}/${path}`, path);
  }

  /** Whether the file is there as it was made. Some file systems keep times of two seconds. */
  has({ path, size, mtime }: Entry): boolean {
    const there = this.#look(path);
    return there?.isFile === true && there.size === size && Math.abs(there.mtime!.getTime() - mtime) <= 2000;
  }

  /** Removes what an earlier restore made at the path of an entry, unless that is a directory. */
  clear({ path }: Entry): void {
    if (this.#look(path)?.isDirectory === false) removeFile(`${this.root}/${path}`, path);
  }

  /** What is at a path, reached through directories only. */
  #look(path: string): Deno.FileInfo | undefined {
    try {
      this.check(path);
      return this.directories.has(parentOf(path)) ? look(`${this.root}/${path}`, path) : undefined;
    } catch (error) {
      if (isLostAlone(error)) return undefined;
      throw error;
    }
  }

  /**
   * Refuses what cannot be a path in the stage.
   *
   * @throws {Damage} if no backup may have it; {@link Refused} if it is too long for the system.
   */
  check(path: string): void {
    if (!isMemberPath(path)) throw new Damage(`"${shown(path)}" is not a path that can be restored`);
    if (isTooLong(this.root, path)) {
      throw new Refused(`"${shown(path)}" is a longer path than the system takes`, {
        hint: "Restore it into a directory with a shorter path",
      });
    }
  }
}

/** The error for a path that is taken. */
export function pathTaken(path: string, cause?: unknown): Damage {
  const what = "is in the backup twice, or the target takes its name for that of another entry";
  return new Damage(`"${shown(path)}" ${what}`, { cause });
}
