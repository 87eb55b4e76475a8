import type { Entry } from "../model/entry.ts";
import { Damage, Failure } from "../model/failure.ts";
import type { AboveDirectory } from "../model/index.ts";
import { Judgement, type Verdict } from "../model/judgement.ts";
import type { Layer } from "../model/layers.ts";
import { unpacked } from "../model/pack.ts";
import { Packs } from "../model/packs.ts";
import { printablePath } from "../model/printable.ts";
import { NoIdentity } from "../seal/session_key.ts";
import { type Gone, type IndexReader, type ListedVolume, releaseVolume } from "./index_reader.ts";
import { Losses, type Lost } from "./losses.ts";
import { isOfOneSnapshot, type Snapshot } from "./snapshots.ts";
import { StoreError } from "../store/contract.ts";
import { Pauses } from "../workers/pause.ts";

/** Layer of a tree, with the snapshot whose index lists it, or the reason why that is missing. */
export interface LayerSource {
  readonly layer: Layer;
  readonly snapshot: Snapshot | Failure;
  /** Reader of its index. */
  readonly index: IndexReader;
}

/** Volume that contains entries of a tree, and perhaps others. */
export interface TreeVolume extends ListedVolume {
  /** Snapshot that it belongs to. */
  readonly snapshot: Snapshot;
  /** Array with a 1 for each entry that is in the tree and can be restored. */
  readonly counts: Uint8Array;
}

export type { Lost } from "./losses.ts";

/** Entry of a tree, and the snapshot whose index lists it. */
export interface ListedEntry {
  readonly entry: Entry;
  readonly snapshot: string;
}

/** Returns the entries of a volume that can be restored. */
export function entriesIn({ entries, counts }: TreeVolume): Generator<Entry> {
  return unpacked(entries, counts);
}

/** Hard links whose files had not been listed yet, each with the snapshot whose index lists it. */
class OpenLinks {
  readonly #entries = new Packs();
  readonly #snapshots: string[] = [];

  add(entry: Entry, snapshot: string): void {
    this.#entries.add(entry);
    this.#snapshots.push(snapshot);
  }

  *[Symbol.iterator](): Generator<ListedEntry> {
    let at = 0;
    for (const entry of this.#entries) yield { entry, snapshot: this.#snapshots[at++]! };
  }
}

/** Scan of all indexes of a tree: first {@linkcode TreeScan.volumes}, then {@linkcode TreeScan.links}. */
export class TreeScan {
  readonly #snapshot: Snapshot;
  readonly #layers: readonly LayerSource[];
  readonly #flaws: readonly string[];
  readonly #judgement: Judgement;
  readonly #pauses: Pauses;
  /** Directories above the declared paths; known after the first volume. */
  above: readonly AboveDirectory[] = [];
  readonly #open = new OpenLinks();
  readonly #losses: Losses;
  #good = 0;
  /** Bytes of content in the snapshot's own volumes, as its index lists them. */
  #sent = 0;

  constructor(
    snapshot: Snapshot,
    layers: readonly LayerSource[],
    flaws: readonly string[],
    report: (lost: Lost) => void,
    signal: AbortSignal,
  ) {
    this.#pauses = new Pauses(signal);
    this.#snapshot = snapshot;
    this.#layers = layers;
    this.#flaws = flaws;
    this.#losses = new Losses(report);
    this.#judgement = new Judgement(snapshot.receipt);
  }

  /**
   * Yields the snapshot's own volumes, and those of others that contain entries of the tree, the newest layer
   * first.
   *
   * @throws {Damage} if the snapshot's own index differs from its receipt, or nothing at all can be read.
   * @throws {NoIdentity} if this index is encrypted to other keys.
   */
  async *volumes(): AsyncGenerator<TreeVolume> {
    for (const reason of this.#flaws) this.#losses.add(undefined, reason);
    let group = 0;
    for (const source of this.#layers) {
      group += 1;
      for await (const listed of this.#read(source)) {
        if ("from" in listed.volume) group += 1; // a path in an earlier volume takes precedence
        const volume = {
          ...listed,
          snapshot: source.snapshot as Snapshot,
          counts: await this.#judge(source, listed, group),
        };
        if (volume.snapshot === this.#snapshot || volume.counts.includes(1)) yield volume;
        else releaseVolume(volume);
        if (this.#losses.isEnd) return;
      }
    }
    if (this.#losses.unknown !== undefined && this.#good === 0) throw this.#losses.unknown;
  }

  /** Yields the hard links that can be restored and were in no volume, because their files came later. */
  *links(): Generator<Entry> {
    for (const { entry } of this.listedLinks()) yield entry;
  }

  /** Yields these links with the snapshots whose indexes list them. */
  *listedLinks(): Generator<ListedEntry> {
    for (const { entry, snapshot } of this.#open) {
      const verdict = this.#judgement.late(entry);
      if (verdict === "good") yield { entry, snapshot };
      else this.#losses.add(entry, verdict.reason, this.#losses.isUnreadable);
    }
    const lack = this.#losses.count === 0 || this.#losses.unknown !== undefined ? this.#lack() : undefined;
    if (lack !== undefined) this.#losses.add(undefined, lack, this.#losses.isUnreadable);
  }

  /** Describes what the receipt announces and the indexes do not list; undefined if they agree. */
  #lack(): string | undefined {
    const { bytes } = this.#snapshot.receipt.sent;
    if (this.#judgement.lack !== undefined || this.#sent === bytes) return this.#judgement.lack;
    return `The index lists ${this.#sent} bytes of content that were sent where the receipt announces ${bytes}`;
  }

  /** Reads the index of a layer. If it is incomplete, the rest is lost; if it is the snapshot's own, the scan ends. */
  async *#read({ layer, snapshot, index }: LayerSource): AsyncGenerator<ListedVolume> {
    try {
      if (snapshot instanceof Failure) throw snapshot;
      const isOwn = layer.receipt === undefined;
      for await (
        const item of index.read(snapshot, ({ above }) => {
          if (isOwn) this.above = above;
        })
      ) {
        if (item.gone === undefined) yield item;
        else if (layer.receipt === undefined) this.#gone(item);
      }
    } catch (error) {
      const isLost = isOfOneSnapshot(error) || error instanceof NoIdentity;
      if (layer.receipt === undefined || !isLost) throw error;
      const isItsOwn = error === snapshot && !(error instanceof StoreError);
      this.#losses.addLayer(error, isItsOwn ? error.message : `${layer.snapshot}: ${error.message}`);
    }
  }

  #gone({ gone }: Gone): void {
    if (this.#judgement.gone(gone)) return;
    throw new Damage(`The index lists "${printablePath(gone)}" as gone and a second time`);
  }

  /** Returns an array with a 1 for each entry that can be restored. */
  async #judge(
    { layer }: LayerSource,
    { volume, entries, bad }: ListedVolume,
    group: number,
  ): Promise<Uint8Array> {
    const marks = new Uint8Array(entries.count);
    if (!layer.has(volume.number)) return marks;
    const isOwn = layer.receipt === undefined && !("from" in volume);
    let at = -1;
    for (const entry of unpacked(entries)) {
      at += 1;
      if (this.#pauses.due) await this.#pauses.take();
      if (isOwn) this.#sent += entry.size;
      const line = bad.get(at);
      const verdict = line
        ? this.#judgement.lost(line.path, line.reason)
        : this.#judgement.judge(entry, group);
      if (verdict === "good") marks[at] = 1;
      else if (verdict !== "covered") {
        this.#take(line ? { ...entry, path: line.path ?? "" } : entry, verdict, layer.snapshot);
      }
      if (this.#losses.isEnd) break;
    }
    this.#good += marks.reduce((sum, mark) => sum + mark, 0);
    return marks;
  }

  #take(entry: Entry, verdict: Exclude<Verdict, "good" | "covered">, snapshot: string): void {
    if (verdict === "open") {
      this.#open.add(entry, snapshot);
      this.#good += 1;
    } else if (verdict === "beyond") {
      this.#losses.end();
      const { entries } = this.#snapshot.receipt;
      this.#losses.add(
        undefined,
        `The indexes list more than the ${entries} entries that the receipt announces`,
      );
    } else this.#losses.add(entry.path === "" ? undefined : entry, verdict.reason);
  }
}
