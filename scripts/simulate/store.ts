/** Store with simulated volumes and real receipts, and its reader. */
import { Damage } from "../../lib/model/failure.ts";
import { type Entry, sameEntry } from "../../lib/model/entry.ts";
import type { IndexLine } from "../../lib/model/index_line.ts";
import { Judgement } from "../../lib/model/judgement.ts";
import { layersOf } from "../../lib/model/layers.ts";
import { objectKey } from "../../lib/model/name.ts";
import type { NeededSnapshot, PartRecord, Receipt } from "../../lib/model/receipt.ts";
import type { ObjectReader, StoredObject } from "../../lib/store/contract.ts";
import type { Thing } from "./tree.ts";

/** Name of the host. */
export const HOST = "web1";

/** Stored volume. */
export interface StoredVolume {
  readonly taken: number;
  readonly size: number;
  readonly members: readonly { readonly entry: Entry; readonly content: number }[];
  readonly part: PartRecord;
  /** Commitment of its part. */
  readonly commitment: string;
}

/** Stored snapshot: its receipt and index, each decoded from its text once, and the tree that it was made from. */
export interface MadeSnapshot {
  readonly id: string;
  readonly taken: number;
  /** End of its retention. */
  readonly until: number;
  readonly receipt: Receipt;
  readonly commitment: string;
  readonly index: readonly IndexLine[];
  readonly tree: readonly Thing[];
}

/** Entry of a restored tree. */
export interface Restored {
  readonly entry: Entry;
  readonly content: number;
  /** Layer; 0 is the snapshot's own. */
  readonly depth: number;
}

/** Store. */
export class MadeStore {
  /** Snapshots with a receipt. */
  readonly snapshots = new Map<string, MadeSnapshot>();
  /** Volumes by snapshot and number. */
  readonly #volumes = new Map<string, Map<number, StoredVolume>>();
  /** Indexes by snapshot. A run sends its index before its receipt. */
  readonly #indexes = new Map<string, PartRecord>();
  /** Identity in the marker of a directory. */
  marker: string | undefined;
  /** Whether an object was removed by other means than expiry since the last check. */
  harmed = false;

  /** Total stored bytes. */
  get stored(): number {
    return this.#volumes.values().flatMap((it) => it.values()).reduce((sum, { size }) => sum + size, 0);
  }

  /** Directories of snapshots, with a receipt or without. */
  get directories(): string[] {
    return [...new Set([...this.#volumes.keys(), ...this.#indexes.keys(), ...this.snapshots.keys()])].sort();
  }

  /** Stores a volume. */
  keep(snapshot: string, number: number, volume: StoredVolume): void {
    const volumes = this.#volumes.get(snapshot) ?? new Map<number, StoredVolume>();
    this.#volumes.set(snapshot, volumes.set(number, volume));
  }

  /** Stores the index of a snapshot. */
  keepIndex(snapshot: string, part: PartRecord): void {
    this.#indexes.set(snapshot, part);
  }

  /** Removes objects that were stored before `limit`. */
  expire(limit: number): void {
    for (const [id, volumes] of this.#volumes) {
      for (const [number, { taken }] of volumes) if (taken < limit) volumes.delete(number);
      if (volumes.size === 0) this.#volumes.delete(id);
    }
    for (const [key, { taken }] of this.snapshots) {
      if (taken < limit && this.snapshots.delete(key)) this.#indexes.delete(key);
    }
  }

  /** Removes a part of a snapshot's directory, or the whole directory. */
  remove(id: string, what: "all" | "receipt" | "index" | "volumes" | "a volume"): void {
    const all = what === "all";
    if (all || what === "receipt") this.snapshots.delete(id);
    if (all || what === "index") this.#indexes.delete(id);
    if (all || what === "volumes") this.#volumes.delete(id);
    const volumes = this.#volumes.get(id);
    if (what === "a volume") volumes?.delete([...volumes.keys()][0]!);
    this.harmed = true;
  }

  /** Removes everything except the marker. */
  clear(): void {
    for (const id of this.directories) this.remove(id, "all");
  }

  /** Returns a copy of the store, marker included. */
  copy(): MadeStore {
    const copy = new MadeStore();
    copy.become(this);
    copy.harmed = false;
    return copy;
  }

  /** Replaces the content by that of another store: a disk is restored from an image. */
  become(image: MadeStore): void {
    this.clear();
    this.marker = image.marker;
    for (const [id, snapshot] of image.snapshots) this.snapshots.set(id, snapshot);
    for (const [id, part] of image.#indexes) this.#indexes.set(id, part);
    for (const [id, volumes] of image.#volumes) this.#volumes.set(id, new Map(volumes));
  }

  /** Returns what a host with permission to list sees. */
  readonly objects: ObjectReader = {
    list: (prefix) => this.#list(prefix),
    get: () => Promise.reject(new Error("a host that looks reads nothing but receipts")),
  };

  async *#list(prefix: string): AsyncGenerator<StoredObject> {
    const id = prefix.split("/")[1]!;
    const volumes = [...this.#volumes.get(id)?.values() ?? []].map(({ part }) => part);
    const index = this.#indexes.get(id);
    for (const { name, size } of index === undefined ? volumes : [...volumes, index]) {
      const object = { name: objectKey(HOST, id, name), size, storedAt: new Date(0) };
      if (object.name.startsWith(prefix)) yield object;
    }
  }

  /** Returns the receipt of an older snapshot. */
  readonly receiptOf = ({ snapshot, receipt: wanted }: NeededSnapshot): Promise<Receipt> => {
    const found = this.snapshots.get(snapshot);
    if (found?.commitment === wanted) return Promise.resolve(found.receipt);
    return Promise.reject(new Damage(`The snapshot ${snapshot}, whose volumes are needed, is missing`));
  };

  /**
   * Returns a restored snapshot: entries and contents by path. Long because it follows the steps of a restore by hand.
   *
   * @throws {Error} if a needed object is missing or different.
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
    if (found === undefined || !this.#indexes.has(id)) throw new Error(`the snapshot ${id} is not there`);
    return found;
  }

  #volumeOf(receipt: Receipt, number: number): StoredVolume {
    const adopted = receipt.adopted.find((it) => it.number === number);
    const { snapshot, number: own } = adopted?.from ?? { snapshot: receipt.snapshot, number };
    const volume = this.#volumes.get(snapshot)?.get(own);
    if (volume === undefined) throw new Error(`the volume ${number} of ${receipt.snapshot} is not there`);
    const same = adopted === undefined
      ? receipt.volumes[number - 1]!.parts[0]!.sha256 === volume.part.sha256
      : adopted.parts[0]!.commitment === volume.commitment;
    if (!same) throw new Error("another volume");
    return volume;
  }
}
