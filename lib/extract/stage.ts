import { type Entry, isMemberPath } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import type { AboveDirectory } from "../model/index.ts";
import { setAttributes, setOwnerAndMode } from "./attributes.ts";
import { FoldedDirectories } from "./folded_directories.ts";
import { isBelow, stagedEntry, stagedPath, strippedPath } from "./layout.ts";
import type { LostEntry } from "./lost.ts";
import { addLosses, type Losses, notes } from "./losses.ts";
import { noDefaultAcl } from "./acl_attributes.ts";
import { AttributeBatch } from "./attribute_batch.ts";
import { setAttributesOf } from "./setfattr.ts";
import { MergedDirectories } from "./merged_directories.ts";
import { isTooLong, shown } from "./path.ts";
import { publish, type Staged } from "./publish.ts";
import { abandonedStages, StageDirectory } from "./stage_directory.ts";
import { type StageLayout, stageLayout, type StageOptions } from "./stage_layout.ts";
import { StagedFiles } from "./staged_files.ts";
import { StagedLinks } from "./staged_links.ts";
import { isLostAlone } from "./system.ts";
import { prepareTarget, removeMade, type Target } from "./target.ts";

/**
 * A tree that is restored: made complete in a hidden directory of the target, then moved into its place. Every name, link, size
 * and mode may come from a hostile host. These rules keep it inside the stage:
 *
 * - Everything is made by calls that fail if something exists (O_EXCL, mkdir, symlink, link).
 * - Everything is made in a directory that was reached from the stage through directories only. So symlinks may point
 *   anywhere: none is ever followed.
 * - A hard link is made to a file of the stage only.
 * - Devices are not made.
 *
 * What belongs into a directory of the target on which something is mounted has a stage of its own in it, under the same rules.
 *
 * The order of calls: `prepare` for every entry, then `files`, then `make` for everything else, and when all of it exists
 * `finishDirectory` for each directory; last `publishing`, `finishMerged` and `finish`; or `abandon` or `keep`.
 */
export class Stage {
  /** Where entries are staged: what threads make {@link StagedFiles} in. */
  readonly layout: StageLayout;
  /** What became of volumes, here and in the restore that left the stage. */
  readonly volumes: Pick<StageDirectory, "resumed" | "completed" | "complete">;
  /** Files of the stage, by the paths that they are staged by. */
  readonly files: StagedFiles;
  /** Extended attributes of what is not a file. To be flushed now and then, and before a directory is closed to us. */
  readonly attributes: AttributeBatch;
  readonly #target: Target;
  readonly #directory: StageDirectory;
  readonly #links: StagedLinks;
  /** Undefined where every name is one by itself. */
  readonly #folded: FoldedDirectories | undefined;
  readonly #merged: MergedDirectories;
  #ended = false;

  private constructor(target: Target, directory: StageDirectory, options: StageOptions) {
    this.#target = target;
    this.#directory = this.volumes = directory;
    this.layout = stageLayout(target.path, directory, options);
    this.files = new StagedFiles(this.layout);
    this.attributes = new AttributeBatch(this.files.losses);
    this.#links = new StagedLinks(this.files, directory.resumed, this.attributes);
    this.#folded = this.layout.foldsNames ? new FoldedDirectories(this.layout) : undefined;
    this.#merged = new MergedDirectories(target.path, this.files, this.attributes);
  }

  /**
   * Makes a stage in `target`, which is made if it is missing; or goes on with one that an earlier restore of the same
   * purpose left there.
   *
   * @throws {Failure} if that is not possible; {@link Misuse} if others could change the target.
   */
  static create(target: string, options: StageOptions = {}): Stage {
    const { purpose = crypto.randomUUID() } = options;
    const prepared = prepareTarget(target);
    for (const path of abandonedStages(prepared.path)) {
      const resumed = StageDirectory.resume(path, purpose);
      if (resumed !== undefined) return new Stage(prepared, resumed, options);
    }
    try {
      return new Stage(prepared, StageDirectory.make(prepared.path, purpose), options);
    } catch (error) {
      removeMade(prepared);
      throw error;
    }
  }

  /** Absolute path of the stage. */
  get path(): string {
    return this.#directory.path;
  }

  /** Stages in the target that other restores left, which are not resumed here. */
  get abandoned(): string[] {
    return abandonedStages(this.#target.path).filter((path) => path !== this.path);
  }

  /** Whether a later restore could go on with it. */
  get isWorthKeeping(): boolean {
    return this.#directory.isWorthKeeping;
  }

  /** Returns an entry with the paths that it is staged by. */
  staged(entry: Entry): Entry {
    return stagedEntry(this.layout, entry);
  }

  /** Keeps what is made from inheriting ACLs of the target. */
  async refuseInheritance(): Promise<void> {
    const { root, mounts } = this.layout;
    await setAttributesOf([root, ...mounts.map(({ stage }) => stage)].map(noDefaultAcl));
  }

  /** Makes the directories that an entry needs, where the target takes different names for one. */
  prepare({ path, type }: Entry): void {
    this.#folded?.make({ path: strippedPath(this.layout, path), type });
  }

  /** Records the other path that an entry got, whose name was taken. */
  rename(path: string, staged: string): void {
    this.layout.renamed.set(strippedPath(this.layout, path), staged);
  }

  /** @throws {Damage} if an entry would come into another directory with a name alike. */
  refuseMerged(path: string): void {
    const directory = this.#folded?.merged(strippedPath(this.layout, path));
    if (directory === undefined) return;
    throw new Damage(
      `the target takes the name of the directory "${shown(directory)}" for that of another one: ` +
        "restore it by itself into another target",
    );
  }

  /**
   * Makes what is not a file: a directory, symlink, hard link or fifo.
   *
   * @returns In which way it is not as it was, in words; undefined if it is.
   * @throws {Damage} if its path is not possible, or taken by something else.
   */
  make(entry: Entry): string | undefined {
    const staged = this.staged(entry);
    let linked = true;
    if (entry.type === "directory") this.files.directories.make(this.files.check(staged.path));
    else if (entry.type === "symlink") this.#links.symlink(staged);
    else if (entry.type === "hardlink") linked = this.#links.hardlink(staged);
    else this.#links.special(staged);
    const renamed = this.files.renamed.get(staged.path);
    if (renamed !== undefined) return renamedTo(renamed);
    return linked
      ? undefined
      : `cannot be a hard link to "${shown(entry.link!)}" in the target: it is a copy`;
  }

  /** Whether a directory is staged. */
  hasDirectory(path: string): boolean {
    if (!isBelow(this.layout.strip, path)) return false;
    const staged = stagedPath(this.layout, path);
    if (!isMemberPath(staged) || isTooLong(this.files.placeOf(staged))) return false;
    if (this.#folded?.merged(strippedPath(this.layout, path)) !== undefined) return false;
    try {
      return this.files.directories.has(staged);
    } catch (error) {
      if (isLostAlone(error)) return false;
      throw error;
    }
  }

  /** Sets owner and mode of a directory that is no entry: one above the declared paths. */
  finishAbove(directory: AboveDirectory): void {
    if (!this.hasDirectory(directory.path)) return;
    const place = this.files.placeOf(stagedPath(this.layout, directory.path));
    setOwnerAndMode(this.files.callsAt(place), directory, this.files.losses);
  }

  /**
   * Finishes a directory, which is made if need be: sets its owner, mode and time. Nothing may come into it after.
   *
   * @throws {Damage} if its path is not possible, or taken by something else.
   */
  finishDirectory(entry: Entry): void {
    this.make(entry);
    const staged = this.staged(entry);
    const place = this.files.placeOf(staged.path);
    setAttributes(this.files.callsAt(place), staged, this.files.losses);
    this.attributes.add(place, staged);
  }

  /**
   * Moves everything into the target, as `publish.ts` says. It yields after each move: if the caller stops there, the rest stays
   * in the stage.
   *
   * @returns What could not be moved, and is left in the stage.
   * @throws {Failure} if something is in the way and may not be replaced: nothing was moved.
   */
  publishing({ overwrite }: { readonly overwrite: boolean }): Generator<void, LostEntry[]> {
    return publish(this.#places(), overwrite);
  }

  /** Removes the ACLs of directories that existed in the target, if they were merged into. */
  async removeMergedAcls(entries: readonly Entry[]): Promise<void> {
    await this.#merged.removeAcls(entries.map((entry) => this.staged(entry)));
  }

  /** Gives a directory that existed in the target, if it was merged into, what its entry has. */
  finishMerged(entry: Entry): void {
    this.#merged.finish(this.staged(entry));
  }

  /** Ends it when everything is moved: removes the stage, unless something is left in it. */
  finish(left: readonly LostEntry[]): void {
    this.#ended = true;
    this.#directory.remove({ leaveFiles: left.length > 0 });
  }

  /** Removes the stage, and the target if that was made for it. After `finish` it changes nothing. */
  abandon(): void {
    if (this.#ended) return;
    this.#directory.remove();
    removeMade(this.#target);
  }

  /** Leaves the stage to a later restore. */
  keep(): void {
    this.#directory.keep();
  }

  /** Adds what threads could not keep. */
  lost(losses: Losses): void {
    addLosses(this.files.losses, losses);
  }

  /** Returns what could not be kept so far, in words. */
  notes(): string[] {
    return notes(this.files.losses);
  }

  /** Where everything belongs, the deepest directory first. */
  #places(): Staged[] {
    const { path: target } = this.#target;
    const mounts = this.layout.mounts.map(({ path, stage }) => ({
      stage,
      target: `${target}/${path}`,
      below: `${path}/`,
    }));
    return [...mounts, { stage: this.path, target, below: "" }];
  }
}

/** Says that an entry has another name in the target. */
export function renamedTo(staged: string): string {
  return `the target takes its name for that of another entry: it is restored as "${shown(staged)}"`;
}
