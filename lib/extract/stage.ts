import { type Entry, isMemberPath } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { callsAt, setAttributes } from "./attributes.ts";
import { FoldedDirectories } from "./folded_directories.ts";
import { foldsNames } from "./folding.ts";
import type { LostEntry, MadeFiles } from "./lost.ts";
import { addLosses, type Losses, notes } from "./losses.ts";
import { isTooLong, shown } from "./path.ts";
import { publish } from "./publish.ts";
import { abandonedStages, StageDirectory } from "./stage_directory.ts";
import type { StagedFile } from "./staged_file.ts";
import { StagedFiles } from "./staged_files.ts";
import { StagedLinks } from "./staged_links.ts";
import { isLostAlone } from "./system.ts";
import { prepareTarget, removeMade, type Target } from "./target.ts";

export { conflict, Conflicts } from "./conflict.ts";
export type { Losses } from "./losses.ts";
export type { LostEntry, MadeFiles } from "./lost.ts";
export { filesOf, isOfStage } from "./stage_directory.ts";
export { isLostAlone } from "./system.ts";
export type { StagedFile } from "./staged_file.ts";
export { StagedFiles } from "./staged_files.ts";

/**
 * A tree on its way to a target directory: made whole in a hidden directory of the target, then moved into place. Every
 * name, link, size and mode is taken as the word of a hostile host. What holds it:
 *
 * - Nothing is made but what was not there, by calls that fail where something is (O_EXCL, mkdir, symlink, link).
 * - Whatever is made lies in a directory that was reached through directories only, the first of which is the stage. So
 *   symlinks may say what they like: nothing here ever goes through one.
 * - A hard link is made to a file of the stage only.
 * - Devices are not made.
 *
 * The order of calls: `file` for every file, then `directory`, `symlink`, `hardlink` and `special`, and when all of it is there `directory` for
 * each directory; last `publish`, `abandon` or `keep`.
 */
export class Stage {
  readonly #target: Target;
  readonly #stage: StageDirectory;
  readonly #directory: string;
  readonly #files: StagedFiles;
  readonly #links: StagedLinks;
  /** Undefined where every name is one by itself. */
  readonly #folded: FoldedDirectories | undefined;
  #published = false;

  private constructor(target: Target, directory: StageDirectory) {
    this.#target = target;
    this.#stage = directory;
    this.#directory = directory.path;
    this.#files = new StagedFiles(this.#directory);
    this.#links = new StagedLinks(this.#files, directory.resumed);
    this.#folded = foldsNames(this.#directory) ? new FoldedDirectories(this.#directory) : undefined;
  }

  /**
   * Makes a stage in `target`, which is made if it is missing; or goes on with one that an earlier restore of the same
   * purpose left there.
   *
   * @throws {Failure} when that is not possible; {@link Misuse} when others could change the target.
   */
  static create(target: string, purpose: string = crypto.randomUUID()): Stage {
    const prepared = prepareTarget(target);
    for (const path of abandonedStages(prepared.path)) {
      const resumed = StageDirectory.resume(path, purpose);
      if (resumed !== undefined) return new Stage(prepared, resumed);
    }
    try {
      return new Stage(prepared, StageDirectory.make(prepared.path, purpose));
    } catch (error) {
      removeMade(prepared);
      throw error;
    }
  }

  /** Stages in the target that other restores left, which are not resumed here. */
  get abandoned(): string[] {
    return abandonedStages(this.#target.path).filter((path) => path !== this.#directory);
  }

  /** Whether an earlier restore left it. */
  get resumed(): boolean {
    return this.#stage.resumed;
  }

  /** Whether the target takes different names for one: then {@link prepare} has to be asked of all entries before. */
  get foldsNames(): boolean {
    return this.#folded !== undefined;
  }

  /** Makes the directories that an entry needs. */
  prepare(entry: Entry): void {
    this.#folded?.make(entry);
  }

  /** @throws {Damage} if an entry would come into another directory with a name alike. */
  refuseMerged(path: string): void {
    const directory = this.#folded?.merged(path);
    if (directory === undefined) return;
    throw new Damage(
      `the target takes the name of the directory "${shown(directory)}" for that of another one: ` +
        "restore it by itself into another target",
    );
  }

  /** Whether a later restore could go on with it. */
  get isWorthKeeping(): boolean {
    return this.#stage.isWorthKeeping;
  }

  /** What an earlier restore made of a volume, if it was complete. */
  completed(volume: string): MadeFiles | undefined {
    return this.#stage.completed(volume);
  }

  /** Whether a file is there as it was made. */
  hasFile(file: Entry): boolean {
    return this.#files.has(file);
  }

  /** Removes what an earlier restore left of a file, so that it can be made. */
  clear(file: Entry): void {
    this.#files.clear(file);
  }

  /** Takes note of a volume whose files are complete. */
  complete(volume: string, made: MadeFiles): void {
    this.#stage.complete(volume, made);
  }

  /**
   * Begins a file.
   *
   * @throws {Damage} when its path is not possible, or taken.
   */
  file(entry: Entry): StagedFile {
    return this.#files.file(entry);
  }

  /**
   * Makes a directory, unless it is there.
   *
   * @throws {Damage} when its path is not possible, or taken by something else.
   */
  directory(path: string): void {
    this.#files.check(path);
    this.#files.directories.make(path);
  }

  /** Whether there is a directory of that path. */
  hasDirectory(path: string): boolean {
    if (!isMemberPath(path) || isTooLong(this.#directory, path)) return false;
    if (this.#folded?.merged(path) !== undefined) return false;
    try {
      return this.#files.directories.has(path);
    } catch (error) {
      if (isLostAlone(error)) return false;
      throw error;
    }
  }

  /** Makes a symlink: see {@link StagedLinks.symlink}. */
  symlink(entry: Entry): void {
    this.#links.symlink(entry);
  }

  /** Makes a hard link, or a copy: see {@link StagedLinks.hardlink}. */
  hardlink(entry: Entry): boolean {
    return this.#links.hardlink(entry);
  }

  /** Makes a fifo, and no device: see {@link StagedLinks.special}. */
  special(entry: Entry): void {
    this.#links.special(entry);
  }

  /**
   * Finishes a directory, which is made if need be: sets its owner, mode and time. Nothing may come into it after.
   *
   * @throws {Damage} when its path is not possible, or taken by something else.
   */
  finishDirectory(entry: Entry): void {
    this.directory(entry.path);
    setAttributes(callsAt(`${this.#directory}/${entry.path}`), entry, this.#files.losses);
  }

  /**
   * Moves everything into the target, as `publish.ts` says. The stage is removed, unless something is left in it.
   *
   * @returns What could not be moved, and is left in the stage.
   * @throws {Failure} when something is in the way: then nothing was moved.
   */
  publish({ overwrite }: { readonly overwrite: boolean }): LostEntry[] {
    const steps = this.publishing({ overwrite });
    for (let step = steps.next();; step = steps.next()) if (step.done) return step.value;
  }

  /** Does the same, and stops after each move: whoever does not go on leaves the rest in the stage. */
  *publishing({ overwrite }: { readonly overwrite: boolean }): Generator<void, LostEntry[]> {
    const { path } = this.#target;
    const { dev } = Deno.lstatSync(path);
    const { since } = this.#stage;
    const left = yield* publish({ stage: this.#directory, target: path, device: dev, since, overwrite });
    this.#published = true;
    this.#stage.remove({ leaveFiles: left.length > 0 });
    return left;
  }

  /** Removes the stage, and the target if that was made for it. After `publish` it changes nothing. */
  abandon(): void {
    if (this.#published) return;
    this.#stage.remove();
    removeMade(this.#target);
  }

  /** Leaves the stage to a later restore. */
  keep(): void {
    this.#stage.keep();
  }

  /** Absolute path of what threads make {@link StagedFiles} in. */
  get directoryOfFiles(): string {
    return this.#directory;
  }

  /** Takes note of what threads could not keep. */
  lost(losses: Losses): void {
    addLosses(this.#files.losses, losses);
  }

  /** What could not be kept so far, in words. */
  notes(): string[] {
    return notes(this.#files.losses);
  }
}
