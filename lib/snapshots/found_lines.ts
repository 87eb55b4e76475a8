import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { type Layer, layersOf } from "../model/layers.ts";
import { printablePath } from "../model/printable.ts";
import type { Receipt } from "../model/receipt.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { ObjectReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { type Gone, IndexReader } from "./index_reader.ts";
import { searchIndex, type Wanted } from "./index_search.ts";
import { LineJudge } from "./line_judge.ts";
import type { NeededReceipt } from "./shared_layers.ts";
import { neededSnapshot, type Snapshot } from "./snapshots.ts";

/** A line of an index that a search has found. */
export type FoundItem =
  | { readonly entry: Entry; readonly volume: number; readonly isAdopted: boolean; readonly gone?: never }
  | Gone;

/** An entry of a tree, by the lines that a search has found. */
export interface FoundEntry {
  readonly entry: Entry;
  /** Snapshot whose index lists it. */
  readonly sentIn: string;
  /** Reason why it cannot be restored; undefined if it can. */
  readonly flaw: string | undefined;
}

/** Results of a search in a layer of a tree. */
export type LayerLines = readonly [layer: Layer, items: readonly FoundItem[]];

/** Results of a search in all layers, the uppermost first. */
export type TreeLines = readonly LayerLines[];

/** Properties of a snapshot that determine its layers. */
export interface TreeHead {
  readonly host: string;
  readonly commitment: string;
  readonly receipt: Pick<Receipt, "snapshot" | "needs">;
}

/** Indexes of layers that are read at the same time. */
export const LAYERS_AT_ONCE = 4;

/** Results of a search in the indexes of a host. Each index is decoded once, however many snapshots refer to it. */
export class FoundLines {
  readonly #reader: ObjectReader;
  readonly #index: IndexReader;
  readonly #wanted: Wanted;
  /** By the commitments of the receipts. */
  readonly #found = new Map<string, Promise<readonly FoundItem[]>>();

  constructor(reader: ObjectReader, keys: KeySource, wanted: Wanted, signal: AbortSignal) {
    this.#reader = reader;
    this.#index = new IndexReader(reader, keys, signal);
    this.#wanted = wanted;
  }

  /** Returns what the index of a snapshot lists. */
  in(snapshot: Snapshot): Promise<readonly FoundItem[]> {
    return this.#once(snapshot.commitment, () => Promise.resolve(snapshot));
  }

  /**
   * Returns what the indexes of all layers of a snapshot list, the uppermost first.
   *
   * @throws {Damage} if one of them is missing or cannot be trusted.
   */
  async tree({ host, receipt, commitment }: TreeHead): Promise<TreeLines> {
    const find = async (layer: Layer): Promise<LayerLines> => {
      const { snapshot, receipt = commitment } = layer;
      return [layer, await this.inNeeded(host, { snapshot, receipt })];
    };
    return await Array.fromAsync(inOrder(layersOf(receipt), LAYERS_AT_ONCE, find));
  }

  /**
   * Returns what the index of a snapshot lists that a newer one needs.
   *
   * @param wanted Searched instead in this index, if it was not searched before.
   */
  inNeeded(host: string, needed: NeededReceipt, wanted = this.#wanted): Promise<readonly FoundItem[]> {
    const { signal } = this.#index;
    return this.#once(needed.receipt, () => neededSnapshot(this.#reader, host, needed, signal), wanted);
  }

  #once(
    commitment: string,
    open: () => Promise<Snapshot>,
    wanted = this.#wanted,
  ): Promise<readonly FoundItem[]> {
    const known = this.#found.get(commitment);
    if (known !== undefined) return known;
    const found = open().then((snapshot) => this.#search(snapshot, wanted));
    found.catch(() => {}); // it is thrown to those who await it
    this.#found.set(commitment, found);
    return found;
  }

  async #search(snapshot: Snapshot, wanted: Wanted): Promise<FoundItem[]> {
    const found: FoundItem[] = [];
    for await (const line of searchIndex(this.#index, snapshot, wanted)) {
      if (line.gone !== undefined) found.push(line);
      else found.push({ entry: line.entry, volume: line.volume.number, isAdopted: "from" in line.volume });
    }
    return found;
  }
}

/** Yields the entries of a tree among the lines that were found in its layers. */
export function* entriesOf(layers: TreeLines): Generator<FoundEntry> {
  const judge = new LineJudge();
  for (const [layer, items] of layers) {
    for (const item of items) {
      if (item.gone !== undefined) {
        if (layer.receipt === undefined) judge.gone(item.gone);
        continue;
      }
      if (!layer.has(item.volume)) continue;
      const { entry } = item;
      const verdict = judge.judge(entry, item.volume, item.isAdopted);
      if (verdict === "covered" || verdict === "beyond") continue;
      // The file of a hard link may be none of the paths that were searched.
      const flaw = typeof verdict === "string" ? undefined : verdict.reason;
      yield { entry, sentIn: layer.snapshot, flaw };
    }
    judge.endLayer();
  }
}

/** Returns the problem of an entry with a flaw. */
export function cannotRestore({ path }: Entry, flaw: string): Damage {
  return new Damage(`"/${printablePath(path)}" cannot be restored: ${flaw}`);
}
