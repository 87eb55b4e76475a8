import { IndexReader, type Listed, releaseListed } from "./index_reader.ts";
import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { unpacked } from "../model/pack.ts";
import { type Layer, layersOf, Uppermost } from "../model/layers.ts";
import type { Identity } from "../seal/identity.ts";
import { neededSnapshot, type Snapshot } from "./snapshots.ts";
import type { StoreReader } from "../store/contract.ts";

/** A volume that holds entries of a tree, and perhaps others. */
export interface TreeVolume extends Listed {
  /** Of which it is a volume. */
  readonly snapshot: Snapshot;
  /** For each entry a 1 where it is one of the tree. */
  readonly counts: Uint8Array;
}

/** The entries of a tree that lie in a volume. */
export function entriesIn({ entries, counts }: TreeVolume): Generator<Entry> {
  return unpacked(entries, counts);
}

/** The tree that a snapshot is of, put together from its own volumes and those that it needs. */
export class Tree {
  readonly #snapshot: Snapshot;
  readonly #layers: readonly { readonly layer: Layer; readonly snapshot: Snapshot }[];
  readonly #index: IndexReader;

  private constructor(
    snapshot: Snapshot,
    layers: readonly { layer: Layer; snapshot: Snapshot }[],
    index: IndexReader,
  ) {
    this.#snapshot = snapshot;
    this.#layers = layers;
    this.#index = index;
  }

  /**
   * Reads the receipts of the snapshots that are needed.
   *
   * @throws {Damage} when one of them is missing or another than it was.
   */
  static async open(
    snapshot: Snapshot,
    reader: StoreReader,
    identities: readonly Identity[],
    signal: AbortSignal,
  ): Promise<Tree> {
    const layers = [];
    for (const layer of layersOf(snapshot.receipt)) {
      const { receipt } = layer;
      const owner = receipt === undefined
        ? snapshot
        : await neededSnapshot(reader, snapshot.host, { ...layer, receipt }, signal);
      layers.push({ layer, snapshot: owner });
    }
    return new Tree(snapshot, layers, new IndexReader(reader, identities, signal));
  }

  /**
   * The volumes that hold its entries, the newest layer first. It reads the indexes from their begin each time: that
   * costs their decryption, and spares keeping them in memory.
   *
   * @throws {Damage} when an index is not what its receipt announced, or all of them do not make up the tree.
   */
  async *volumes(): AsyncGenerator<TreeVolume> {
    const uppermost = new Uppermost();
    let entries = 0;
    for (const { layer, snapshot } of this.#layers) {
      for await (const item of this.#index.read(snapshot)) {
        if (item.gone !== undefined) {
          uppermost.counts(layer, item);
          continue;
        }
        const counts = this.#simple ? all(item) : marks(item, layer, uppermost);
        const count = counts.reduce((sum, it) => sum + it, 0);
        entries += count;
        if (count > 0) yield { ...item, snapshot, counts };
        else releaseListed(item);
      }
    }
    const { receipt } = this.#snapshot;
    if (entries === receipt.entries) return;
    throw new Damage(`The indexes list ${entries} entries where the receipt announces ${receipt.entries}`);
  }

  /**
   * Looks at each of its entries, in that order.
   *
   * @throws {Damage} likewise.
   */
  async each(look: (entry: Entry) => void): Promise<void> {
    for await (const volume of this.volumes()) {
      for (const entry of entriesIn(volume)) look(entry);
      releaseListed(volume);
    }
  }

  /** Whether all that it lists counts: there is one layer, in which no path is twice. */
  get #simple(): boolean {
    return this.#layers.length === 1 && this.#snapshot.receipt.adopted.length === 0;
  }
}

function all({ entries }: Listed): Uint8Array {
  return new Uint8Array(entries.count).fill(1);
}

function marks({ volume, entries }: Listed, layer: Layer, uppermost: Uppermost): Uint8Array {
  const marks = new Uint8Array(entries.count);
  if (!layer.has(volume.number)) return marks;
  let at = 0;
  for (const entry of unpacked(entries)) {
    marks[at++] = uppermost.counts(layer, { volume: volume.number, entry }) ? 1 : 0;
  }
  return marks;
}
