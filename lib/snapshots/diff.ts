import type { Run } from "../app/events.ts";
import type { Entry } from "../model/entry.ts";
import type { Failure } from "../model/failure.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { ObjectReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { Pauses } from "../workers/pause.ts";
import { type Change, changesBetween } from "./changes.ts";
import { cannotRestore, entriesOf, FoundLines, LAYERS_AT_ONCE, type TreeLines } from "./found_lines.ts";
import { Globs, takenAsPath } from "./globs.ts";
import { IndexReader } from "./index_reader.ts";
import { searchIndex, type Wanted } from "./index_search.ts";
import { type DifferingLayer, SharedLayers } from "./shared_layers.ts";
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
    const [before, after] = [this.#before, this.#after];
    const isSameHost = before.snapshot.host === after.snapshot.host;
    const lines = this.#linesOf(before.reader);
    await this.#noteWhatCanDiffer(lines);
    if (this.#shared.isAll) return [];
    const trees = [
      await lines.tree(before.snapshot),
      await (isSameHost ? lines : this.#linesOf(after.reader)).tree(after.snapshot),
    ] as const;
    this.#decide(trees);
    return changesBetween(await this.#entries(before, trees[0]), await this.#entries(after, trees[1]));
  }

  /**
   * Reads the indexes that list what only one of the trees has. What belongs to one of them alone is in the result, so these lines
   * are kept; of the others it is only known afterwards.
   */
  async #noteWhatCanDiffer(lines: FoundLines): Promise<void> {
    const { snapshot: { host }, reader } = this.#before;
    const index = new IndexReader(reader, this.#keys, this.#run.signal);
    const read = async (needed: DifferingLayer): Promise<void> => {
      const note = (path: string, volume: number | undefined): boolean =>
        this.#shared.note(needed.receipt, path, volume);
      if (needed.isOfOne) {
        await lines.inNeeded(host, needed, (path, isDirectory, volume) => {
          const differs = note(path, volume);
          return this.#isWanted(path, isDirectory, differs);
        });
      } else {
        const snapshot = await neededSnapshot(reader, host, needed, this.#run.signal);
        const nothing = searchIndex(index, snapshot, (path, _, volume) => note(path, volume) && false);
        for await (const _ of nothing);
      }
    };
    for await (const _ of inOrder(this.#shared.differing, LAYERS_AT_ONCE, read));
  }

  #linesOf(reader: ObjectReader): FoundLines {
    const wanted: Wanted = (path, isDirectory) =>
      this.#isWanted(path, isDirectory, this.#shared.canDiffer(path));
    return new FoundLines(reader, this.#keys, wanted, this.#run.signal);
  }

  #isWanted(path: string, isDirectory: boolean, differs: boolean): boolean {
    if (this.#globs.isCandidate(path)) return true;
    if (!differs || this.#options.globs.length === 0) return differs;
    return this.#globs.maySelect({ path, type: isDirectory ? "directory" : "file" });
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
