import type { CompressionKind } from "../model/compression.ts";
import type { Entry } from "../model/entry.ts";
import type { AdoptedVolume, NeededSnapshot } from "../model/receipt.ts";
import type { Trust } from "../model/trust.ts";
import type { Database, Statement } from "./database.ts";
import { compareKeys, Keys } from "./key.ts";
import { isRacy, likeness, UNLIKE, type Walked } from "./likeness.ts";
import { isFresh, type Refresh } from "./refresh.ts";
import { type Row, Rows } from "./rows.ts";
import { adoptedRecord, type LiveVolume, neededRecords, Volumes } from "./volumes.ts";

/** What an entry takes in an archive and an index beside its content, roughly: to send folders anew is work as well. */
export const ENTRY_WEIGHT = 1024;

/** A member of a volume. */
export interface Member {
  /** As the walk met it. */
  readonly walked: Walked;
  /** As it went into the archive: another object unless that was just what the walk met. */
  readonly archived: Entry;
}

/** A volume of which every part is stored. */
export interface StoredVolume {
  readonly number: number;
  /** Bytes of the archive. */
  readonly plain: number;
  /** Its objects, in order. */
  readonly parts: readonly { readonly size: number; readonly sha256: string }[];
  /** When the store took the first of them, by its own clock; undefined where it did not tell. */
  readonly taken: Date | undefined;
  /** How many members it has. */
  readonly entries: number;
  /** What is in it. */
  readonly members: Iterable<Member>;
  /** Their lines of the index, compressed as the snapshot is. */
  readonly lines: Uint8Array;
}

/** What a pass is made with. */
export interface PassOptions<T extends Walked> {
  readonly snapshot: string;
  readonly compression: CompressionKind;
  /** The member paths that the walk begins at, in its order; empty for the root. */
  readonly declared: readonly string[];
  /** What of older volumes is sent anew though it did not change. */
  readonly refresh: Refresh;
  /** How many days old what it builds upon may be. */
  readonly oldest: number;
  /** What of an entry means something: some file systems make inodes and ctimes up. */
  readonly trust: (entry: T) => Trust;
  /** The host's clock, in milliseconds. */
  readonly clock: () => number;
}

/** What a receipt says of a tree of which only a part was sent. */
export interface Standing {
  readonly entries: number;
  readonly bytes: number;
  /** Paths of older volumes that the index lists as gone. */
  readonly gone: number;
  readonly adopted: readonly AdoptedVolume[];
  readonly needs: readonly NeededSnapshot[];
}

/**
 * One run's way over the tree, held against what was sent before. What changed is let through, to be sent; what was sent
 * is kept at once, so that a run after a crash has it; what was not met is gone.
 *
 * At its end every row that is not gone is an entry of the tree, and its volume is the newest that holds its path: of
 * several versions of a path that lie in volumes the newest counts.
 */
export class Pass<T extends Walked> {
  readonly #database: Database;
  readonly #options: PassOptions<T>;
  readonly #volumes: Volumes;
  readonly #keys: Keys;
  readonly #mark: Statement;
  readonly #keep: Statement;
  /** Known paths that were let through and are in no new volume yet. */
  readonly #awaited = new Set<string>();
  /** Files with further names: how many of these were not met yet, and the volume; Infinity for one to come. */
  readonly #linked = new Map<string, { left: number; readonly volume: number }>();
  /** The host's earliest time in this pass, whichever way its clock goes. */
  #earliest: number;
  /** What is still to be sent of the volume that is refreshed in part. */
  #partLeft: number;
  #refreshed = 0;
  #live: LiveVolume[] | undefined;

  constructor(database: Database, options: PassOptions<T>) {
    this.#database = database;
    this.#options = options;
    this.#volumes = new Volumes(database);
    this.#keys = new Keys(options.declared);
    this.#mark = database.prepare("UPDATE entry SET gone = ? WHERE key = ?");
    this.#keep = database.prepare(
      "INSERT INTO entry (key, likeness, size, volume, gone) VALUES (?, ?, ?, ?, 0) ON CONFLICT (key) DO UPDATE " +
        "SET likeness = excluded.likeness, size = excluded.size, volume = excluded.volume, gone = 0",
    );
    this.#earliest = options.clock();
    this.#partLeft = options.refresh.partly?.bytes ?? 0;
  }

  /** The entries of a walk that have to be sent, as it is taken. */
  *changes(walk: Iterable<T>): Generator<T> {
    const known = new Set(
      this.#database.prepare("SELECT seq FROM volume").all().map(([seq]) => seq as number),
    );
    const rows = new Rows(this.#database);
    for (const entry of walk) {
      this.#earliest = Math.min(this.#earliest, this.#options.clock());
      const key = this.#keys.of(entry.path);
      const row = this.#goTo(rows, key);
      const kept = row !== undefined && known.has(row.volume) && this.#isKept(entry, row);
      if (entry.type === "file" && entry.nlink > 1) {
        this.#linked.set(entry.path, { left: entry.nlink - 1, volume: kept ? row.volume : Infinity });
      }
      if (kept && row.gone) this.#mark.run(0, key);
      if (kept) continue;
      if (row) this.#awaited.add(key);
      yield entry;
    }
    this.#goTo(rows, undefined);
  }

  /** Marks what lies before `key` as gone, and gives the row of the key where there is one. */
  #goTo(rows: Rows, key: string | undefined): Row | undefined {
    for (let row = rows.current; row !== undefined; row = rows.current) {
      const order = key === undefined ? -1 : row.key === key ? 0 : compareKeys(row.key, key);
      if (order > 0) return undefined;
      rows.advance();
      if (order === 0) return row;
      if (!row.gone) this.#mark.run(1, row.key);
    }
    return undefined;
  }

  #isKept(entry: T, row: Row): boolean {
    // A file that is extracted again is another one than its links: none may lie in an older volume than it.
    const apart = entry.type === "hardlink" && this.#volumeOf(entry.link!) > row.volume;
    const like = row.likeness !== UNLIKE &&
      row.likeness === likeness(entry, this.#options.trust(entry));
    return like && !apart && !this.#isRefreshed(entry, row.volume);
  }

  /** The volume of a file whose further name was met. */
  #volumeOf(first: string): number {
    const file = this.#linked.get(first);
    if (file === undefined) return Infinity;
    if (--file.left === 0) this.#linked.delete(first);
    return file.volume;
  }

  #isRefreshed(entry: T, volume: number): boolean {
    const { old, whole, partly } = this.#options.refresh;
    if (old.has(volume)) return true;
    const weight = entry.size + ENTRY_WEIGHT;
    // What is more than twice as much as is due waits, until more is.
    const part = volume === partly?.seq && weight <= 2 * this.#partLeft;
    if (part) this.#partLeft -= weight;
    if (part || whole.has(volume)) this.#refreshed += weight;
    return part || whole.has(volume);
  }

  /** Keeps what a volume holds. It lasts when this returns, whatever happens to the run. */
  stored({ members, taken, ...volume }: StoredVolume): void {
    const { snapshot, compression, clock, trust } = this.#options;
    const seq = this.#volumes.add({
      ...volume,
      snapshot,
      compression,
      taken: taken?.getTime() ?? null,
    });
    const reading = { from: this.#earliest, to: clock() };
    for (const { walked, archived } of members) {
      const key = this.#keys.of(walked.path);
      const trusted = trust(walked as T);
      const certain = archived === walked && !isRacy(walked, reading, trusted);
      this.#keep.run(key, certain ? likeness(walked, trusted) : UNLIKE, archived.size, seq);
      this.#awaited.delete(key);
    }
    this.#database.commit();
  }

  /** What follows the own volumes' lines in the index, once all of them are stored. */
  *rest(own: number): Generator<string> {
    yield* this.#volumes.gone(this.#oldestNeeded());
    yield* this.#volumes.lines(this.#adopted(own));
  }

  /** What the receipt says of the walked tree, once all volumes of the snapshot are stored, `own` in number. */
  standing(own: number): Standing {
    const live = this.#standing();
    return {
      entries: live.reduce((sum, { entries }) => sum + entries, 0),
      bytes: live.reduce((sum, { bytes }) => sum + bytes, 0),
      gone: this.#volumes.countGone(this.#oldestNeeded()),
      adopted: this.#adopted(own).map(({ volume, number }) => adoptedRecord(volume, number)),
      needs: neededRecords(this.#older().filter(({ unclaimed }) => unclaimed === undefined)),
    };
  }

  /** Whether a snapshot of this moment, by the store's clock, may need what it needs. */
  holds(now: Date | undefined): boolean {
    const { oldest } = this.#options;
    return this.#older().every(({ taken }) => now !== undefined && isFresh(taken, now.getTime(), oldest));
  }

  /**
   * The receipt is stored: makes of what the run has found the catalog that the next one begins with.
   *
   * @param forgetBefore when a volume was stored that no later run builds upon, by the store's clock.
   */
  conclude(own: number, receipt: string, forgetBefore: number): void {
    this.#volumes.claim(this.#options.snapshot, receipt, this.#adopted(own));
    const live = new Set(this.#standing().map(({ seq }) => seq));
    this.#volumes.forget(live, forgetBefore);
  }

  /** Bytes that this run and those before have sent anew beyond what was due; below zero where it was less. */
  get ahead(): number {
    return this.#refreshed - this.#options.refresh.due;
  }

  /** Live volumes, the newest first. What was let through and could not be read is gone. */
  #standing(): LiveVolume[] {
    for (const key of this.#awaited) this.#mark.run(1, key);
    this.#awaited.clear();
    return this.#live ??= this.#volumes.live();
  }

  #older(): LiveVolume[] {
    return this.#standing().filter(({ snapshot }) => snapshot !== this.#options.snapshot);
  }

  #oldestNeeded(): number {
    return this.#older().at(-1)?.seq ?? Number.MAX_SAFE_INTEGER;
  }

  #adopted(own: number): { number: number; volume: LiveVolume }[] {
    return this.#older().filter(({ unclaimed }) => unclaimed !== undefined)
      .map((volume, at) => ({ number: own + 1 + at, volume }));
  }
}
