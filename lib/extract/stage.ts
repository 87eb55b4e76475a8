import { type Entry, isMemberPath } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import type { AboveDirectory } from "../model/index.ts";
import { setAttributes, setOwnerAndMode } from "./attributes.ts";
import { FoldedDirectories } from "./folded_directories.ts";
import { isBelow, stagedEntry, stagedPath, strippedPath } from "./layout.ts";
import { type LostEntry, renamedTo } from "./lost.ts";
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
 * Restored tree: created completely in a hidden directory of the target, then moved into place. Every name, link, size and
 * mode may come from a hostile host. These rules keep it inside the stage:
 *
 * - Everything is created by calls that fail if something exists (O_EXCL, mkdir, symlink, link).
 * - Everything is created in a directory that was reached from the stage through directories only. So symlinks may point
 *   anywhere: none is ever followed.
 * - A hard link is created to a file of the stage only.
 * - Devices are not created.
 *
 * Entries below a directory of the target on which something is mounted have a stage of their own in it, with the same
 * rules.
 *
 * The order of calls: `prepare` for every entry, then `files`, then `make` for everything else, and when all of it exists
 * `finishDirectory` for each directory; last `publishing`, `finishMerged` and `finish`; or `abandon` or `keep`.
 */
export class Stage {
  /** Location of the staged entries, from which threads create their {@link StagedFiles}. */
  readonly layout: StageLayout;
  /** Results of volumes, in this restore and in the one that left the stage. */
  readonly volumes: Pick<StageDirectory, "resumed" | "completed" | "complete">;
  /** Files of the stage, by the paths under which they are staged. */
  readonly files: StagedFiles;
  /**
   * Extended attributes of entries that are not files. They must be flushed regularly, and before a directory is made
   * inaccessible.
   */
  readonly attributes: AttributeBatch;
  readonly #target: Target;
  readonly #directory: StageDirectory;
  readonly #links: StagedLinks;
  /** Undefined if the target distinguishes all names. */
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
   * Creates a stage in `target`, which is created if it is missing; or continues one that an earlier restore with the same
   * purpose left there.
   *
   * @throws {Failure} if this is not possible.
   * @throws {Misuse} if others could change the target.
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

  /** Stages in the target that other restores left, and that this one does not resume. */
  get abandoned(): string[] {
    return abandonedStages(this.#target.path).filter((path) => path !== this.path);
  }

  /** Whether a later restore can continue with the stage. */
  get isWorthKeeping(): boolean {
    return this.#directory.isWorthKeeping;
  }

  /** Returns an entry with the paths under which it is staged. */
  staged(entry: Entry): Entry {
    return stagedEntry(this.layout, entry);
  }

  /** Prevents new entries from inheriting ACLs of the target. */
  async refuseInheritance(): Promise<void> {
    const { root, mounts } = this.layout;
    await setAttributesOf([root, ...mounts.map(({ stage }) => stage)].map(noDefaultAcl));
  }

  /** Creates the directories that an entry needs, if the target treats different names as equal. */
  prepare({ path, type }: Entry): void {
    this.#folded?.make({ path: strippedPath(this.layout, path), type });
  }

  /** Records the new path of an entry whose name was taken. */
  rename(path: string, staged: string): void {
    this.layout.renamed.set(strippedPath(this.layout, path), staged);
  }

  /** Refuses an entry, with {@link Damage}, that would be created in another directory with an equal name. */
  refuseMerged(path: string): void {
    const directory = this.#folded?.merged(strippedPath(this.layout, path));
    if (directory === undefined) return;
    throw new Damage(
      `the target takes the name of the directory "${shown(directory)}" for that of another one: ` +
        "restore it by itself into another target",
    );
  }

  /**
   * Creates a directory, symlink, hard link or fifo.
   *
   * @returns Difference to the original, in words; undefined if there is none.
   * @throws {Damage} if its path is not possible, or taken.
   */
  make(entry: Entry): string | undefined {
    const staged = this.staged(entry);
    let linked = true;
    if (entry.type === "directory") this.files.directories.ensure(this.files.check(staged.path));
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
   * Finishes a directory: creates it if needed, and sets its owner, mode and time. Nothing may be created in it afterwards.
   *
   * @throws {Damage} if its path is not possible, or taken.
   */
  finishDirectory(entry: Entry): void {
    this.make(entry);
    const staged = this.staged(entry);
    const place = this.files.placeOf(staged.path);
    setAttributes(this.files.callsAt(place), staged, this.files.losses);
    this.attributes.add(place, staged);
  }

  /**
   * Moves everything into the target: see `publish.ts`. It yields after each move: if the caller stops there, the rest stays
   * in the stage.
   *
   * @returns Entries that could not be moved, and stay in the stage.
   * @throws {Failure} if a file exists and may not be replaced. Nothing was moved then.
   */
  publishing({ overwrite }: { readonly overwrite: boolean }): Generator<void, LostEntry[]> {
    return publish(this.#places(), overwrite);
  }

  /** Removes the ACLs of directories that existed in the target, if they were merged into. */
  async removeMergedAcls(entries: readonly Entry[]): Promise<void> {
    await this.#merged.removeAcls(entries.map((entry) => this.staged(entry)));
  }

  /** Sets the attributes of an entry on a directory that existed in the target, if it was merged into. */
  finishMerged(entry: Entry): void {
    this.#merged.finish(this.staged(entry));
  }

  /** Ends the stage when everything is moved: removes it, unless something is left in it. */
  finish(left: readonly LostEntry[]): void {
    this.#ended = true;
    this.#directory.remove({ leaveFiles: left.length > 0 });
  }

  /** Removes the stage, and the target if it was created for this restore. After `finish` it changes nothing. */
  abandon(): void {
    if (this.#ended) return;
    this.#directory.remove();
    removeMade(this.#target);
  }

  /** Leaves the stage for a later restore. */
  keep(): void {
    this.#directory.keep();
  }

  /** Adds the losses of threads. */
  lost(losses: Losses): void {
    addLosses(this.files.losses, losses);
  }

  /** Returns the losses so far, in words. */
  notes(): string[] {
    return notes(this.files.losses);
  }

  /** Returns the stages with their destinations, the deepest directory first. */
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
