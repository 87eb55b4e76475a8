import { IndexReader, releaseVolume } from "./index_reader.ts";
import type { Entry } from "../model/entry.ts";
import { Failure } from "../model/failure.ts";
import { layersOf } from "../model/layers.ts";
import type { KeySource } from "../seal/session_key.ts";
import { needsFlaws } from "./needs.ts";
import { entriesIn, type LayerSource, type Lost, TreeScan } from "./tree_scan.ts";
import { isOfOneSnapshot, neededSnapshot, type Snapshot } from "./snapshots.ts";
import { Pauses } from "../workers/pause.ts";
import type { ObjectReader, StoreReader } from "../store/contract.ts";

/** Tree of a snapshot, put together from its own volumes and those of older snapshots. */
export class Tree {
  readonly #snapshot: Snapshot;
  readonly #layers: readonly LayerSource[];
  readonly #flaws: readonly string[];
  readonly #signal: AbortSignal;

  private constructor(
    snapshot: Snapshot,
    layers: readonly LayerSource[],
    flaws: readonly string[],
    signal: AbortSignal,
  ) {
    this.#snapshot = snapshot;
    this.#layers = layers;
    this.#flaws = flaws;
    this.#signal = signal;
  }

  /**
   * Reads the receipts of the needed snapshots. If one is missing or unreadable, its entries are lost.
   *
   * @param own Reader of the snapshot's own index.
   */
  static async open(
    snapshot: Snapshot,
    reader: StoreReader,
    keys: KeySource,
    signal: AbortSignal,
    own: ObjectReader = reader,
  ): Promise<Tree> {
    const [ownIndex, indexes] = [own, reader].map((it) => new IndexReader(it, keys, signal));
    const layers: LayerSource[] = [];
    for (const layer of layersOf(snapshot.receipt)) {
      const { receipt } = layer;
      if (receipt === undefined) layers.push({ layer, snapshot, index: ownIndex! });
      else {
        const needed = await ifGood(neededSnapshot(reader, snapshot.host, { ...layer, receipt }, signal));
        layers.push({ layer, snapshot: needed, index: indexes! });
      }
    }
    const needed = layers.slice(1).map(({ snapshot }) => snapshot instanceof Failure ? undefined : snapshot);
    return new Tree(snapshot, layers, [...needsFlaws(snapshot, needed)], signal);
  }

  /**
   * Starts a scan that judges all entries of the indexes. It reads the indexes from their beginning: this
   * costs their decryption, but saves the memory for keeping them.
   *
   * @param report Called with each part of the tree that cannot be restored.
   */
  scan(report: (lost: Lost) => void): TreeScan {
    return new TreeScan(this.#snapshot, this.#layers, this.#flaws, report, this.#signal);
  }

  /**
   * Calls `look` with each entry that can be restored, the newest layer first.
   *
   * @throws {Damage} if the snapshot's own index differs from its receipt.
   */
  async each(look: (entry: Entry) => void): Promise<void> {
    const scan = this.scan(() => {});
    const pauses = new Pauses(this.#signal);
    const lookAt = async (entries: Iterable<Entry>): Promise<void> => {
      for (const entry of entries) {
        if (pauses.due) await pauses.take();
        look(entry);
      }
    };
    for await (const volume of scan.volumes()) {
      await lookAt(entriesIn(volume));
      releaseVolume(volume);
    }
    await lookAt(scan.links());
  }
}

async function ifGood(snapshot: Promise<Snapshot>): Promise<Snapshot | Failure> {
  try {
    return await snapshot;
  } catch (error) {
    if (isOfOneSnapshot(error)) return error;
    throw error;
  }
}
