import type { Run } from "../app/events.ts";
import type { Entry } from "../model/entry.ts";
import type { Failure } from "../model/failure.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { ObjectReader } from "../store/contract.ts";
import { Pauses } from "../workers/pause.ts";
import { type Change, changesBetween } from "./changes.ts";
import { cannotRestore, entriesOf, FoundLines, type TreeLines } from "./found_lines.ts";
import { Globs, takenAsPath } from "./globs.ts";
import { IndexReader } from "./index_reader.ts";
import { searchIndex } from "./index_search.ts";
import { SharedLayers } from "./shared_layers.ts";
import { neededSnapshot, type Snapshot } from "./snapshots.ts";

/** Snapshot to compare, and the store that has it. */
export interface Compared {
  readonly snapshot: Snapshot;
  readonly reader: ObjectReader;
}

/** Options of {@linkcode diff}. */
export interface DiffOptions {
  /** Empty: everything. */
  readonly globs: readonly string[];
  /** Called with what cannot be restored, which is not compared. */
  readonly problem: (snapshot: Snapshot, why: Failure) => void;
}

/**
 * Compares two snapshots, and returns what differs in the order of the paths. Of layers that both build on, only the lines of paths
 * are decoded that can differ. Memory depends on the number of these paths.
 *
 * @throws {Damage} if an index is missing or cannot be trusted.
 */
export async function diff(
  before: Compared,
  after: Compared,
  keys: KeySource,
  options: DiffOptions,
  run: Run,
): Promise<Change[]> {
  if (before.snapshot.commitment === after.snapshot.commitment) return [];
  return await new Comparison(before, after, keys, options, run).changes();
}

class Comparison {
  readonly #before: Compared;
  readonly #after: Compared;
  readonly #keys: KeySource;
  readonly #options: DiffOptions;
  readonly #run: Run;
  readonly #globs: Globs;
  readonly #shared: SharedLayers;

  constructor(before: Compared, after: Compared, keys: KeySource, options: DiffOptions, run: Run) {
    this.#before = before;
    this.#after = after;
    this.#keys = keys;
    this.#options = options;
    this.#run = run;
    this.#globs = new Globs(options.globs);
    this.#shared = new SharedLayers(before.snapshot, after.snapshot);
  }

  async changes(): Promise<Change[]> {
    await this.#noteWhatCanDiffer();
    if (this.#shared.isAll) return [];
    const [before, after] = [this.#before, this.#after];
    const isSameHost = before.snapshot.host === after.snapshot.host;
    const lines = this.#linesOf(before.reader);
    const trees = [
      await lines.tree(before.snapshot),
      await (isSameHost ? lines : this.#linesOf(after.reader)).tree(after.snapshot),
    ] as const;
    this.#decide(trees);
    return changesBetween(await this.#entries(before, trees[0]), await this.#entries(after, trees[1]));
  }

  /** Reads the paths of the indexes that list what only one of the trees has. */
  async #noteWhatCanDiffer(): Promise<void> {
    const { snapshot: { host }, reader } = this.#before;
    const index = new IndexReader(reader, this.#keys, this.#run.signal);
    for (const needed of this.#shared.differing) {
      const snapshot = await neededSnapshot(reader, host, needed, this.#run.signal);
      const note = (path: string, _: boolean, volume: number | undefined): boolean => {
        this.#shared.note(needed.receipt, path, volume);
        return false;
      };
      for await (const _ of searchIndex(index, snapshot, note));
    }
  }

  #linesOf(reader: ObjectReader): FoundLines {
    const globs = this.#globs;
    const isSelected = (path: string, isDirectory: boolean): boolean =>
      this.#options.globs.length === 0 ||
      globs.maySelect({ path, type: isDirectory ? "directory" : "file" });
    return new FoundLines(
      reader,
      this.#keys,
      (path, isDirectory) =>
        globs.isCandidate(path) || (this.#shared.canDiffer(path) && isSelected(path, isDirectory)),
      this.#run.signal,
    );
  }

  /** Decides which arguments are paths and which are globs. */
  #decide(trees: readonly TreeLines[]): void {
    if (!this.#globs.isAmbiguous) return;
    for (const items of new Set(trees.flat().map(([, items]) => items))) {
      for (const item of items) if (item.gone === undefined) this.#globs.see(item.entry);
    }
    for (const glob of this.#globs.decide()) this.#run.report({ event: "note", text: takenAsPath(glob) });
  }

  async #entries({ snapshot }: Compared, tree: TreeLines): Promise<Map<string, Entry>> {
    const { globs, problem } = this.#options;
    const entries = new Map<string, Entry>();
    const pauses = new Pauses(this.#run.signal);
    for (const { entry, flaw } of entriesOf(tree)) {
      if (pauses.due) await pauses.take();
      if (globs.length > 0 && !this.#globs.selects(entry)) continue;
      if (flaw === undefined) entries.set(entry.path, entry);
      else problem(snapshot, cannotRestore(entry, flaw));
    }
    return entries;
  }
}
