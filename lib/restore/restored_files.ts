import type { MadeFiles } from "../extract/lost.ts";
import type { Stage } from "../extract/stage.ts";
import { isLostAlone } from "../extract/system.ts";
import type { Entry } from "../model/entry.ts";
import { unpacked } from "../model/pack.ts";
import type { Packs } from "../model/packs.ts";
import type { KeySource } from "../seal/session_key.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import type { Selector } from "../snapshots/select.ts";
import { isOfOneSnapshot } from "../snapshots/snapshots.ts";
import type { TreeVolume } from "../snapshots/tree_scan.ts";
import { type Making, VolumeReader } from "../snapshots/volume_reader.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { Pauses } from "../workers/pause.ts";
import type { Workers } from "../workers/pool.ts";
import { completedBefore } from "./resume.ts";
import type { Tally } from "./tally.ts";

/** Selected files of a volume. */
interface Chosen {
  /** Array with a 1 for each selected file. */
  readonly wanted: Uint8Array;
  readonly count: number;
  readonly bytes: number;
}

/** Creates the selected files of volumes in a stage. */
export class RestoredFiles {
  readonly #stage: Stage;
  readonly #selected: Selector;
  readonly #tally: Tally;
  readonly #rest: Packs;

  /**
   * Creates the object.
   *
   * @param rest Receives the entries that are not files: reading the indexes again would take a tenth of a
   *   restore.
   */
  constructor(stage: Stage, selected: Selector, tally: Tally, rest: Packs) {
    this.#stage = stage;
    this.#selected = selected;
    this.#tally = tally;
    this.#rest = rest;
  }

  /**
   * Creates the files, several volumes at a time. A volume that is damaged, or that the store does not
   * return, loses only its own files; any other error stops the restore.
   */
  async make(
    volumes: AsyncIterable<TreeVolume>,
    reader: StoreReader,
    keys: KeySource,
    workers: Workers,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    const opened = new VolumeReader(reader, keys, workers, AbortSignal.any([signal, stop.signal]));
    const make = async (volume: TreeVolume): Promise<void> => {
      try {
        const read = (making: Making): Promise<MadeFiles> =>
          opened.read(volume.snapshot, volume, making, this.#tally.read);
        await this.#filesOf(volume, read, signal);
      } catch (error) {
        stop.abort(error);
        throw error;
      } finally {
        releaseVolume(volume);
      }
    };
    for await (const _ of inOrder(volumes, workers.wanted, make));
  }

  async #filesOf(
    volume: TreeVolume,
    read: (making: Making) => Promise<MadeFiles>,
    signal: AbortSignal,
  ): Promise<void> {
    const { wanted, count, bytes } = await this.#choose(volume, new Pauses(signal));
    if (count === 0) return;
    try {
      const { losses, lost, renamed } = await this.#completed(volume, { wanted, count, bytes }, signal) ??
        await this.#complete(volume, read, wanted);
      this.#stage.lost(losses);
      this.#tally.made(count - lost.length, bytes - lost.reduce((sum, { size }) => sum + size, 0));
      for (const { path, reason } of lost) this.#tally.lose(path, reason);
      for (const { path, staged } of renamed) {
        this.#stage.rename(path, staged);
        this.#tally.renamed(path, staged);
      }
    } catch (error) {
      if (!isOfOneSnapshot(error)) throw error;
      const unreadable = error instanceof StoreError;
      for (const { path } of unpacked(volume.entries, wanted)) {
        this.#tally.lose(path, error.message, unreadable);
      }
    }
  }

  async #completed(
    volume: TreeVolume,
    { wanted, bytes }: Chosen,
    signal: AbortSignal,
  ): Promise<MadeFiles | undefined> {
    const files = (): Iterable<Entry> => unpacked(volume.entries, wanted);
    const made = await completedBefore(this.#stage, keyOf(volume), files, signal);
    if (made !== undefined) this.#tally.read({ bytes });
    return made;
  }

  async #complete(
    volume: TreeVolume,
    read: (making: Making) => Promise<MadeFiles>,
    wanted: Uint8Array,
  ): Promise<MadeFiles> {
    const made = await read({ layout: this.#stage.layout, wanted });
    this.#stage.volumes.complete(keyOf(volume), made);
    return made;
  }

  /**
   * Marks the selected files, and keeps the entries that are created after the files. It also keeps
   * directories that were not selected: if something in them was, they are created with their attributes.
   */
  async #choose({ entries, counts }: TreeVolume, pauses: Pauses): Promise<Chosen> {
    const wanted = new Uint8Array(entries.count);
    let [at, count, bytes] = [-1, 0, 0];
    for (const entry of unpacked(entries)) {
      at += 1;
      if (pauses.due) await pauses.take();
      if (counts[at] !== 1) continue;
      const selected = this.#selected(entry);
      if (entry.type !== "file") {
        if (selected || entry.type === "directory") this.#rest.add(entry);
      } else if (selected && this.#canBeMade(entry)) {
        wanted[at] = 1;
        count += 1;
        bytes += entry.size;
      }
    }
    return { wanted, count, bytes };
  }

  #canBeMade({ path }: Entry): boolean {
    try {
      this.#stage.refuseMerged(path);
      return true;
    } catch (error) {
      if (!isLostAlone(error)) throw error;
      this.#tally.lose(path, error.message);
      return false;
    }
  }
}

/** Returns a key that identifies a volume among those of all snapshots. */
function keyOf({ snapshot, volume }: TreeVolume): string {
  return `${snapshot.id}/${volume.number}`;
}
