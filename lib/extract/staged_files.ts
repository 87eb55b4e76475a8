import { type Entry, isMemberPath } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { Directories } from "./directories.ts";
import { type Losses, noLosses } from "./losses.ts";
import { type Calls, callsAt, withoutModes } from "./attributes.ts";
import { type Layout, markedPaths, placeIn } from "./layout.ts";
import { isTooLong, parentOf, shown } from "./path.ts";
import { NewFiles } from "./new_files.ts";
import { type FileContext, StagedFile } from "./staged_file.ts";
import { attempt, isBecause, isLostAlone, look, Refused, removeFile } from "./system.ts";

/**
 * Creates files and their directories in a stage. Several threads can do this at the same time: nothing is
 * created where something exists, so two threads that create the same directory do not disturb each other.
 */
export class StagedFiles implements FileContext {
  readonly layout: Layout;
  readonly directories: Directories;
  readonly losses: Losses = noLosses();
  /** Paths whose names were taken, with the paths that they got. */
  readonly renamed = new Map<string, string>();
  readonly #new: NewFiles;

  /**
   * Opens the stage.
   *
   * @param layout Layout of stages that exist.
   */
  constructor(layout: Layout) {
    this.layout = layout;
    this.directories = new Directories(layout);
    this.#new = new NewFiles(layout.root);
  }

  get keepsModes(): boolean {
    return this.layout.keepsModes;
  }

  open(place: string): number {
    return this.#new.make(place);
  }

  /** Returns the absolute path of a staged path. */
  placeOf(path: string): string {
    return placeIn(this.layout, path);
  }

  /** Returns the calls that set owner, mode and time of the staged file at `place`. */
  callsAt(place: string): Calls {
    return this.keepsModes ? callsAt(place) : withoutModes(callsAt(place));
  }

  /**
   * Begins a file.
   *
   * @throws {Damage} if its path is not possible, or taken.
   */
  file(entry: Entry): StagedFile {
    return this.make(entry, (place) => new StagedFile(place, entry, this));
  }

  /**
   * Creates something new at the entry's path, in a directory. If the target does not distinguish its name
   * from that of another entry, a marked name is used.
   *
   * @param make Called with the absolute path.
   * @throws {Damage} if the path is not possible, or taken.
   */
  make<T>({ path }: Pick<Entry, "path">, make: (place: string) => T): T {
    this.directories.make(parentOf(this.check(path)));
    try {
      return this.#makeAt(path, make);
    } catch (error) {
      if (!isBecause(error, "EEXIST")) throw error;
      if (!this.layout.foldsNames) throw pathTaken(path, error);
      return this.#makeMarked(path, make);
    }
  }

  #makeMarked<T>(path: string, make: (place: string) => T): T {
    for (const marked of markedPaths(path)) {
      try {
        const made = this.#makeAt(this.check(marked), make);
        this.renamed.set(path, marked);
        return made;
      } catch (error) {
        if (!isBecause(error, "EEXIST")) throw error;
      }
    }
    throw pathTaken(path);
  }

  #makeAt<T>(path: string, make: (place: string) => T): T {
    return attempt("make", () => make(this.placeOf(path)), path);
  }

  /** Removes a file that was created. It may be gone with its stage. */
  remove({ path }: Entry): void {
    removeFile(this.placeOf(this.renamed.get(path) ?? path), path);
  }

  /** Whether the file exists as it was created. Some file systems store times in units of two seconds. */
  has({ path, size, mtime }: Entry): boolean {
    const there = this.#look(path);
    return there?.isFile === true && there.size === size && Math.abs(there.mtime!.getTime() - mtime) <= 2000;
  }

  /** Removes the file that an earlier restore created at the path of an entry, unless it is a directory. */
  clear({ path }: Entry): void {
    if (this.#look(path)?.isDirectory === false) removeFile(this.placeOf(path), path);
  }

  /** Returns the file at a path that is reached through directories only. */
  #look(path: string): Deno.FileInfo | undefined {
    try {
      this.check(path);
      return this.directories.has(parentOf(path)) ? look(this.placeOf(path), path) : undefined;
    } catch (error) {
      if (isLostAlone(error)) return undefined;
      throw error;
    }
  }

  /**
   * Returns the path, if it is possible in the stage.
   *
   * @throws {Damage} if no backup may contain it.
   * @throws {Refused} if it is too long for the system.
   */
  check(path: string): string {
    if (!isMemberPath(path)) throw new Damage(`"${shown(path)}" is not a path that can be restored`);
    if (!isTooLong(this.placeOf(path))) return path;
    throw new Refused(`"${shown(path)}" is longer than a path may be on this system`, {
      hint: "Restore it into a directory with a shorter path",
    });
  }
}

/** Returns the error for a path that is taken. */
export function pathTaken(path: string, cause?: unknown): Damage {
  const what = "is in the backup twice, or the target takes its name for that of another entry";
  return new Damage(`"${shown(path)}" ${what}`, { cause });
}
