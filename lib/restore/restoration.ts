import type { Run } from "../app/events.ts";
import { isLostAlone, type LostEntry, type MadeFiles, type Stage } from "../extract/stage.ts";
import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { unpacked } from "../model/pack.ts";
import { Packs } from "../model/packs.ts";
import { PathTable } from "../model/path_table.ts";
import { printable } from "../model/printable.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import type { Selector } from "../snapshots/select.ts";
import { SomeLosses } from "../snapshots/some_losses.ts";
import type { Tree } from "../snapshots/tree.ts";
import type { Lost, TreeVolume } from "../snapshots/tree_scan.ts";
import type { ReadNews } from "../snapshots/volume_contents.ts";
import { type Making, VolumeReader } from "../snapshots/volume_reader.ts";
import { completedBefore } from "./resume.ts";
import type { Identity } from "../seal/identity.ts";
import type { StoreReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { withPauses } from "../workers/pause.ts";
import { workers } from "../workers/pool.ts";

/** What a restore has done. */
export interface RestoreResult {
  /** Entries that were made. */
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** Entries that were not restored, or not as what they are. Each was reported. */
  readonly lost: number;
  /** What could not be kept (owners without root, devices), in words. */
  readonly notes: readonly string[];
  /** Globs that select nothing. */
  readonly unmatched: readonly string[];
}

/** What became of the selected entries. */
export type Restored = Omit<RestoreResult, "unmatched">;

/** Bad entries of the indexes that are named. */
const MAX_NAMED = 1000;

/** A restore under way. */
export class Restoration {
  readonly #stage: Stage;
  readonly #tree: Tree;
  readonly #selected: Selector;
  readonly #run: Run;
  /** Entries that cannot be linked to. */
  readonly #lost = new PathTable();
  #lostCount = 0;
  /** What comes after the files, and all directories. */
  readonly #rest = new Packs();
  #entries = 0;
  #bytes = 0;
  /** Bytes that were read so far, also of volumes that are not whole yet. */
  #read = 0;

  constructor(stage: Stage, tree: Tree, selected: Selector, run: Run) {
    this.#stage = stage;
    this.#tree = tree;
    this.#selected = selected;
    this.#run = run;
  }

  /** Where the target takes different names for one, makes all directories first, to see which are merged. */
  async prepare(): Promise<void> {
    if (!this.#stage.foldsNames) return;
    await this.#tree.each((entry) => {
      if (this.#selected(entry)) this.#stage.prepare(entry);
    });
  }

  /** Makes the selected files, several volumes at a time. A damaged one loses its own; any other error stops all. */
  async files(reader: StoreReader, identities: readonly Identity[], jobs: number): Promise<void> {
    const stop = new AbortController();
    using readers = workers(jobs);
    const signal = AbortSignal.any([this.#run.signal, stop.signal]);
    const volumes = new VolumeReader(reader, identities, readers, signal);
    const make = async (volume: TreeVolume): Promise<void> => {
      try {
        await this.#filesOf(volume, (making) => volumes.read(volume.snapshot, volume, making, this.#heard));
      } catch (error) {
        stop.abort(error);
        throw error;
      } finally {
        releaseVolume(volume);
      }
    };
    const losses = new SomeLosses(MAX_NAMED, this.#reportUnlisted);
    const scan = this.#tree.scan((lost) => {
      if (lost.entry !== undefined && !this.#selected(lost.entry)) return;
      this.#lostCount += 1;
      losses.add(lost);
    });
    for await (const _ of inOrder(scan.volumes(), readers.wanted, make));
    for (const link of scan.links()) if (this.#selected(link)) this.#rest.add(link);
    losses.end();
  }

  async #filesOf(volume: TreeVolume, read: (making: Making) => Promise<MadeFiles>): Promise<void> {
    const { wanted, count, bytes } = this.#choose(volume);
    if (count === 0) return;
    try {
      const { losses, lost } = await this.#completed(volume, wanted, bytes) ??
        await this.#complete(volume, read, wanted);
      this.#stage.lost(losses);
      this.#entries += count - lost.length;
      this.#bytes += bytes - lost.reduce((sum, { size }) => sum + size, 0);
      for (const { path, reason } of lost) this.#lose(path, reason);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      for (const { path } of unpacked(volume.entries, wanted)) this.#lose(path, error.message);
    }
  }

  async #completed(volume: TreeVolume, wanted: Uint8Array, bytes: number): Promise<MadeFiles | undefined> {
    const files = (): Iterable<Entry> => unpacked(volume.entries, wanted);
    const made = await completedBefore(this.#stage, keyOf(volume), files, this.#run.signal);
    if (made !== undefined) this.#heard({ bytes });
    return made;
  }

  async #complete(
    volume: TreeVolume,
    read: (making: Making) => Promise<MadeFiles>,
    wanted: Uint8Array,
  ): Promise<MadeFiles> {
    const made = await read({ stage: this.#stage.directoryOfFiles, wanted });
    this.#stage.complete(keyOf(volume), made);
    return made;
  }

  /**
   * Marks the selected files by a 1, and keeps what comes after the files: to read the indexes again would take a tenth of
   * a restore. Of directories also those that were not asked for: where something in them was, they are made as they were.
   */
  #choose({ entries, counts }: TreeVolume): { wanted: Uint8Array; count: number; bytes: number } {
    const wanted = new Uint8Array(entries.count);
    let [at, count, bytes] = [-1, 0, 0];
    for (const entry of unpacked(entries)) {
      at += 1;
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
      this.#lose(path, error.message);
      return false;
    }
  }

  readonly #heard = ({ bytes }: ReadNews): void => {
    this.#read += bytes;
    this.#run.report({ event: "progress", entries: this.#entries, bytes: this.#read });
  };

  /** Makes what comes after the files: directories, and the links and fifos in them. */
  async links(): Promise<void> {
    for await (const entry of withPauses(this.#rest, this.#run.signal)) {
      if (entry.type === "directory" && !this.#selected(entry)) continue;
      try {
        this.#make(entry);
        this.#entries += 1;
      } catch (error) {
        if (!isLostAlone(error)) throw error;
        this.#lose(entry.path, error.message);
      }
    }
  }

  /**
   * Finishes the directories when everything in them has been made. Layers come in no order, but what is set of one directory
   * changes nothing of another: only those that shut their owner out have to wait until all below them are done.
   */
  async directories(): Promise<void> {
    const shut: Entry[] = [];
    for await (const entry of withPauses(this.#rest, this.#run.signal)) {
      if (entry.type !== "directory" || !this.#stage.hasDirectory(entry.path)) continue;
      if ((entry.mode & 0o700) === 0o700) this.#stage.finishDirectory(entry);
      else shut.push(entry);
    }
    for (const entry of shut.sort((a, b) => a.path < b.path ? 1 : -1)) this.#stage.finishDirectory(entry);
  }

  async publish(overwrite: boolean): Promise<Restored> {
    let left: readonly LostEntry[] = [];
    const steps = this.#stage.publishing({ overwrite });
    const moves = function* (): Generator<void> {
      left = yield* steps;
    };
    for await (const _ of withPauses(moves(), this.#run.signal));
    for (const { path, size, reason } of left) {
      this.#entries -= 1;
      this.#bytes -= size;
      this.#lose(path, reason);
    }
    return { entries: this.#entries, bytes: this.#bytes, lost: this.#lostCount, notes: this.#stage.notes() };
  }

  #make(entry: Entry): void {
    const { type, path, link } = entry;
    this.#stage.refuseMerged(path);
    if (type === "directory") this.#stage.directory(path);
    else if (type === "symlink") this.#stage.symlink(entry);
    else if (type !== "hardlink") this.#stage.special(entry);
    else if (this.#lost.get(link!) !== 0) {
      throw new Damage(`its other name "${printable(link!)}" could not be restored`);
    } else if (!this.#stage.hardlink(entry)) {
      this.#lose(path, `"${printable(link!)}" has as many links as the target takes: this one is a copy`);
    }
  }

  /** Reports what the indexes alone show not to be restorable. At its path there may be something that is. */
  readonly #reportUnlisted = ({ entry, reason }: Lost): void => {
    if (entry === undefined) this.#run.report({ event: "warning", text: `Lost: ${reason}` });
    else this.#run.report({ event: "trouble", kind: "unread", path: entry.path, reason });
  };

  #lose(path: string, reason: string): void {
    this.#lost.set(path, 1);
    this.#report(path, reason);
  }

  #report(path: string, reason: string): void {
    this.#lostCount += 1;
    this.#run.report({ event: "trouble", kind: "unread", path, reason });
  }
}

/** Names a volume among those of all snapshots. */
function keyOf({ snapshot, volume }: TreeVolume): string {
  return `${snapshot.id}/${volume.number}`;
}
