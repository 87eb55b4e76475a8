import type { Entry } from "../model/entry.ts";
import { Damage, Failure } from "../model/failure.ts";
import type { AboveDirectory } from "../model/index_header.ts";
import { Judgement, type Verdict } from "../model/judgement.ts";
import type { Layer } from "../model/layers.ts";
import { unpacked } from "../model/pack.ts";
import { Packs } from "../model/packs.ts";
import { printablePath } from "../model/printable.ts";
import { NoIdentity } from "../seal/session_key.ts";
import { type Gone, type IndexReader, type ListedVolume, releaseVolume } from "./index_reader.ts";
import { isOfOneSnapshot, type Snapshot } from "./snapshots.ts";
import { StoreError } from "../store/contract.ts";
import { Pauses } from "../workers/pause.ts";

/** Bad entries after which nothing more is read: a hostile host can list millions of them in a few kilobytes. */
const MAX_LOST = 100_000;

/** A layer of a tree: the snapshot whose index lists it, or reason that is not there. */
export interface LayerSource {
  readonly layer: Layer;
  readonly snapshot: Snapshot | Failure;
  /** Reads its index. */
  readonly index: IndexReader;
}

/** A volume that holds entries of a tree, and perhaps others. */
export interface TreeVolume extends ListedVolume {
  /** Of which it is a volume. */
  readonly snapshot: Snapshot;
  /** For each entry a 1 where it is one of the tree and can be restored. */
  readonly counts: Uint8Array;
}

/** Something of a tree that cannot be restored. */
export interface Lost {
  /** The entry; undefined where it is more than one, or if it is not known which. */
  readonly entry: Pick<Entry, "path" | "type"> | undefined;
  /** The reason, in words. */
  readonly reason: string;
  /** Whether it may be good: the store does not give what it depends on. */
  readonly unreadable: boolean;
}

/** The entries that lie in a volume and can be restored. */
export function entriesIn({ entries, counts }: TreeVolume): Generator<Entry> {
  return unpacked(entries, counts);
}

/** One pass over all that the indexes list of a tree: first {@link volumes}, then {@link links}. */
export class TreeScan {
  readonly #snapshot: Snapshot;
  readonly #layers: readonly LayerSource[];
  readonly #flaws: readonly string[];
  readonly #report: (lost: Lost) => void;
  readonly #judgement: Judgement;
  readonly #pauses: Pauses;
  /** Directories above the declared paths, when the first volume has come. */
  above: readonly AboveDirectory[] = [];
  /** Hard links whose files had not come yet. */
  readonly #open = new Packs();
  /** The first loss of an unknown number of entries. */
  #unknown: Failure | undefined;
  /** Whether the store did not give a layer: what depends on it may be good. */
  #unreadable = false;
  #lost = 0;
  #good = 0;
  #beyond = false;
  /** Content of the snapshot's own volumes, as its index lists it. */
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
    this.#report = report;
    this.#judgement = new Judgement(snapshot.receipt);
  }

  /**
   * The snapshot's own volumes, and those of others that hold entries of the tree, the newest layer first.
   *
   * @throws {Damage} when the snapshot's own index is not what its receipt announced, or nothing at all can be read;
   *   {@link NoIdentity} when that index is sealed for other keys.
   */
  async *volumes(): AsyncGenerator<TreeVolume> {
    for (const reason of this.#flaws) this.#lose(undefined, reason);
    let group = 0;
    for (const source of this.#layers) {
      group += 1;
      for await (const listed of this.#read(source)) {
        if ("from" in listed.volume) group += 1; // what an earlier volume holds counts
        const volume = {
          ...listed,
          snapshot: source.snapshot as Snapshot,
          counts: await this.#judge(source, listed, group),
        };
        if (volume.snapshot === this.#snapshot || volume.counts.includes(1)) yield volume;
        else releaseVolume(volume);
        if (this.#beyond) return;
      }
    }
    if (this.#unknown !== undefined && this.#good === 0) throw this.#unknown;
  }

  /** Those hard links that can be restored and were in none of the volumes, since their files came behind them. */
  *links(): Generator<Entry> {
    for (const link of this.#open) {
      const verdict = this.#judgement.late(link);
      if (verdict === "good") yield link;
      else this.#lose(link, verdict.reason, this.#unreadable);
    }
    const lack = this.#lost === 0 || this.#unknown !== undefined ? this.#lack() : undefined;
    if (lack !== undefined) this.#lose(undefined, lack, this.#unreadable);
  }

  /** What the receipt announces and the indexes do not list. */
  #lack(): string | undefined {
    const { bytes } = this.#snapshot.receipt.sent;
    if (this.#judgement.lack !== undefined || this.#sent === bytes) return this.#judgement.lack;
    return `The index lists ${this.#sent} bytes of content that were sent where the receipt announces ${bytes}`;
  }

  /** What the index of a layer lists. Where it breaks off, the rest is lost; but the tree ends with its own index. */
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
      this.#unknown ??= error;
      const isUnreadable = error instanceof StoreError;
      this.#unreadable ||= isUnreadable;
      const reason = error === snapshot && !isUnreadable
        ? error.message
        : `${layer.snapshot}: ${error.message}`;
      this.#lose(undefined, reason, isUnreadable);
    }
  }

  #gone({ gone }: Gone): void {
    if (this.#judgement.gone(gone)) return;
    throw new Damage(`The index lists "${printablePath(gone)}" as gone and once more`);
  }

  /** Marks by a 1 what can be restored. */
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
      else if (verdict !== "covered") this.#take(line ? { ...entry, path: line.path ?? "" } : entry, verdict);
      if (this.#beyond) break;
    }
    this.#good += marks.reduce((sum, mark) => sum + mark, 0);
    return marks;
  }

  #take(entry: Entry, verdict: Exclude<Verdict, "good" | "covered">): void {
    if (verdict === "open") {
      this.#open.add(entry);
      this.#good += 1;
    } else if (verdict === "beyond") {
      this.#beyond = true;
      const { entries } = this.#snapshot.receipt;
      this.#lose(undefined, `The indexes list more than the ${entries} entries that the receipt announces`);
    } else this.#lose(entry.path === "" ? undefined : entry, verdict.reason);
  }

  #lose(entry: Lost["entry"], reason: string, unreadable = false): void {
    this.#lost += 1;
    if (this.#lost === MAX_LOST) {
      this.#beyond = true;
      return this.#report({
        entry: undefined,
        reason: `More than ${MAX_LOST - 1} entries are bad: no others are looked at`,
        unreadable,
      });
    }
    this.#report({ entry, reason, unreadable });
  }
}
