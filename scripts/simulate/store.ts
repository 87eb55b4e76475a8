/** A store that holds made-up volumes and real receipts, and what a reader makes of them. */
import { type Entry, sameEntry } from "../../lib/model/entry.ts";
import type { IndexLine } from "../../lib/model/index.ts";
import { Judgement } from "../../lib/model/judgement.ts";
import { layersOf } from "../../lib/model/layers.ts";
import type { PartRecord, Receipt } from "../../lib/model/receipt.ts";
import type { Thing } from "./tree.ts";

/** A volume in the store. */
interface StoredVolume {
  readonly taken: number;
  readonly size: number;
  readonly members: readonly { readonly entry: Entry; readonly content: number }[];
  readonly part: PartRecord;
  /** Of its part. */
  readonly commitment: string;
}

/** A snapshot in the store as its receipt and index read, each decoded from its text once, and what the tree was. */
export interface MadeSnapshot {
  readonly id: string;
  readonly taken: number;
  /** Until when it was promised. */
  readonly until: number;
  readonly receipt: Receipt;
  readonly commitment: string;
  readonly index: readonly IndexLine[];
  readonly tree: readonly Thing[];
}

/** An entry of a restored tree. */
export interface Restored {
  readonly entry: Entry;
  readonly content: number;
  /** Of its layer: 0 is the snapshot's own. */
  readonly depth: number;
}

/** The store. */
export class MadeStore {
  readonly snapshots = new Map<string, MadeSnapshot>();
  readonly #volumes = new Map<string, StoredVolume>();

  /** Everything that is stored, in bytes. */
  get stored(): number {
    return this.#volumes.values().reduce((sum, { size }) => sum + size, 0);
  }

  /** Takes a volume. */
  keep(snapshot: string, number: number, volume: StoredVolume): void {
    this.#volumes.set(`${snapshot}/${number}`, volume);
  }

  /** Removes what was stored before `limit`. */
  expire(limit: number): void {
    for (const [key, { taken }] of this.#volumes) if (taken < limit) this.#volumes.delete(key);
    for (const [key, { taken }] of this.snapshots) if (taken < limit) this.snapshots.delete(key);
  }

  /**
   * What a reader makes of a snapshot: by path what is there and what it holds.
   *
   * @throws {Error} when anything that it needs is missing or other.
   */
  restore(id: string): Map<string, Restored> {
    const { receipt } = this.#snapshot(id);
    const tree = new Map<string, Restored>();
    const judgement = new Judgement(receipt);
    let group = 0;
    for (const [depth, layer] of layersOf(receipt).entries()) {
      const found = this.#snapshot(layer.snapshot);
      if (layer.receipt !== undefined && layer.receipt !== found.commitment) {
        throw new Error("another receipt");
      }
      let at = 0;
      let volume = 0;
      group += 1;
      for (const line of found.index) {
        if (line.gone !== undefined) {
          if (depth === 0 && !judgement.gone(line.gone)) throw new Error(`${line.gone} is gone and listed`);
          continue;
        }
        at = line.volume === volume ? at + 1 : 0;
        if (at === 0 && line.volume > found.receipt.volumes.length) group += 1;
        volume = line.volume;
        if (!layer.has(volume)) continue;
        const verdict = judgement.judge(line.entry, group);
        if (verdict === "covered") continue;
        if (verdict !== "good" && verdict !== "open") {
          throw new Error(`${line.entry.path}: ${JSON.stringify(verdict)}`);
        }
        const member = this.#volumeOf(found.receipt, line.volume).members[at]!;
        if (!sameEntry(member.entry, line.entry)) {
          throw new Error("another member");
        }
        tree.set(line.entry.path, { ...member, depth });
      }
    }
    for (const { entry } of tree.values()) {
      if (entry.type === "hardlink" && judgement.late(entry) !== "good") {
        throw new Error(`${entry.path} has no file`);
      }
    }
    if (judgement.lack !== undefined) throw new Error(judgement.lack);
    return tree;
  }

  #snapshot(id: string): MadeSnapshot {
    const found = this.snapshots.get(id);
    if (found === undefined) throw new Error(`the snapshot ${id} has expired`);
    return found;
  }

  #volumeOf(receipt: Receipt, number: number): StoredVolume {
    const adopted = receipt.adopted.find((it) => it.number === number);
    const { snapshot, number: own } = adopted?.from ?? { snapshot: receipt.snapshot, number };
    const volume = this.#volumes.get(`${snapshot}/${own}`);
    if (volume === undefined) throw new Error(`the volume ${number} of ${receipt.snapshot} has expired`);
    const same = adopted === undefined
      ? receipt.volumes[number - 1]!.parts[0]!.sha256 === volume.part.sha256
      : adopted.parts[0]!.commitment === volume.commitment;
    if (!same) throw new Error("another volume");
    return volume;
  }
}
