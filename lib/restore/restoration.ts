import type { Run } from "../app/events.ts";
import type { LostEntry } from "../extract/lost.ts";
import type { Stage } from "../extract/stage.ts";
import { isLostAlone } from "../extract/system.ts";
import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import type { AboveDirectory } from "../model/index.ts";
import { Packs } from "../model/packs.ts";
import { printable } from "../model/printable.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { Selector } from "../snapshots/select.ts";
import type { Tree } from "../snapshots/tree.ts";
import type { StoreReader } from "../store/contract.ts";
import { withPauses } from "../workers/pause.ts";
import type { Workers } from "../workers/pool.ts";
import { RestoredFiles } from "./restored_files.ts";
import { type OnLoss, type Restored, Tally } from "./tally.ts";

/** Number of directories that are finished at a time. */
const AT_A_TIME = 1000;

/**
 * Restore that is running: from the selected entries of a tree to a stage, and from there into the target.
 */
export class Restoration {
  readonly #stage: Stage;
  readonly #tree: Tree;
  readonly #selected: Selector;
  readonly #run: Run;
  readonly #tally: Tally;
  /** Entries that are created after the files, and all directories. */
  readonly #rest = new Packs();
  #above: readonly AboveDirectory[] = [];

  constructor(stage: Stage, tree: Tree, selected: Selector, run: Run, onLoss?: OnLoss) {
    this.#stage = stage;
    this.#tree = tree;
    this.#selected = selected;
    this.#run = run;
    this.#tally = new Tally(run, onLoss);
  }

  /**
   * Creates all directories first if the target treats different names as equal, to see which of them are
   * merged.
   */
  async prepare(): Promise<void> {
    if (!this.#stage.layout.foldsNames) return;
    await this.#tree.each((entry) => {
      if (this.#selected(entry)) this.#stage.prepare(entry);
    });
    for (const [path, staged] of this.#stage.layout.renamed) this.#tally.renamed(path, staged);
  }

  /**
   * Creates the selected files, several volumes at a time. A damaged volume loses only its own files; any
   * other error stops the restore.
   */
  async files(reader: StoreReader, keys: KeySource, workers: Workers): Promise<void> {
    const scan = this.#tree.scan((lost) => {
      if (lost.entry === undefined || this.#selected(lost.entry)) this.#tally.unlisted(lost);
    });
    const files = new RestoredFiles(this.#stage, this.#selected, this.#tally, this.#rest);
    await files.make(scan.volumes(), reader, keys, workers, this.#run.signal);
    for await (const link of withPauses(scan.links(), this.#run.signal)) {
      if (this.#selected(link)) this.#rest.add(link);
    }
    this.#tally.endUnlisted();
    this.#above = scan.above;
  }

  /** Creates the entries after the files: directories, and the links and fifos in them. */
  async links(): Promise<void> {
    for await (const entry of withPauses(this.#rest, this.#run.signal)) {
      if (entry.type === "directory" && !this.#selected(entry)) continue;
      if (this.#stage.attributes.isFull) await this.#stage.attributes.flush();
      try {
        this.#make(entry);
        this.#tally.made(1);
      } catch (error) {
        if (!isLostAlone(error)) throw error;
        const { path, link } = entry;
        this.#tally.lose(path, error.message, link !== undefined && this.#tally.isUnreadable(link));
      }
    }
  }

  #make(entry: Entry): void {
    const { type, path, link } = entry;
    this.#stage.refuseMerged(path);
    if (type === "hardlink" && this.#tally.isMissing(link!)) {
      throw new Damage(`it is a hard link to "${printable(link!)}", which could not be restored`);
    }
    const altered = this.#stage.make(entry);
    if (altered !== undefined) this.#tally.alter(path, altered);
  }

  /**
   * Finishes the directories when everything in them has been created: entries, and directories above the
   * declared paths. A directory that was not selected is created with its attributes if something in it is
   * restored.
   */
  async directories(): Promise<void> {
    const above = new Map(this.#above.map((it) => [it.path, it]));
    for await (const entries of this.#directories()) {
      for (const entry of entries) {
        above.delete(entry.path);
        if (this.#stage.hasDirectory(entry.path)) this.#stage.finishDirectory(entry);
      }
      await this.#stage.attributes.flush();
    }
    for (const directory of [...above.values()].reverse()) this.#stage.finishAbove(directory);
  }

  /**
   * Yields all directories of the tree, some at a time. Layers come in no order, but the attributes of one
   * directory do not affect others. Only directories whose mode excludes their owner must wait until all
   * directories below them are finished, and come one by one.
   */
  async *#directories(): AsyncGenerator<readonly Entry[]> {
    const shut: Entry[] = [];
    let open: Entry[] = [];
    for await (const entry of withPauses(this.#rest, this.#run.signal)) {
      if (entry.type !== "directory") continue;
      if ((entry.mode & 0o700) === 0o700) open.push(entry);
      else shut.push(entry);
      if (open.length < AT_A_TIME) continue;
      yield open;
      open = [];
    }
    yield open;
    for (const entry of shut.sort((a, b) => a.path < b.path ? 1 : -1)) yield [entry];
  }

  /**
   * Moves everything into the target. Existing directories stay as they are, unless they are selected and
   * `overwrite` is set.
   */
  async publish(overwrite: boolean): Promise<Restored> {
    const left = await this.#move(overwrite);
    for (const entry of left) this.#tally.left(entry);
    if (overwrite) {
      for await (const entries of this.#directories()) {
        const selected = entries.filter(this.#selected);
        await this.#stage.removeMergedAcls(selected);
        for (const entry of selected) this.#stage.finishMerged(entry);
        await this.#stage.attributes.flush();
      }
    }
    this.#stage.finish(left);
    return this.#tally.result(this.#stage.notes());
  }

  async #move(overwrite: boolean): Promise<readonly LostEntry[]> {
    let left: readonly LostEntry[] = [];
    const steps = this.#stage.publishing({ overwrite });
    const moves = function* (): Generator<void> {
      left = yield* steps;
    };
    for await (const _ of withPauses(moves(), this.#run.signal));
    return left;
  }
}
