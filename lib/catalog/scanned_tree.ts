import { encodeGoneLine } from "../model/index.ts";
import type { Contents } from "./contents.ts";
import { digestOfGone } from "./entries.ts";
import { pathOfKey } from "./path_key.ts";
import { isFresh } from "./refresh.ts";
import { RowChecksum } from "./row_checksum.ts";
import type { Row, SentRow } from "./rows.ts";
import type { TreeSummary } from "./scan_options.ts";
import { adoptedRecord, isLater, neededRecords } from "./volume_records.ts";
import type { Volume } from "./volumes.ts";

/** Share of the tree's entries that one volume contains. */
interface Share {
  entries: number;
  bytes: number;
}

/**
 * Scanned tree as recorded in the catalog: how much of it each volume contains, and which known paths are
 * gone. All changes are written into the table of entries at once.
 */
export class ScannedTree {
  readonly #contents: Contents;
  /** Snapshot that the scan is for. */
  readonly #snapshot: string;
  readonly #shares = new Map<number, Share>();
  /** Checksum of the rows whose paths are gone. */
  readonly #gone = new RowChecksum();
  /** Known paths that must be sent and are in no new volume yet, by key. */
  readonly #awaited = new Map<string, Row>();
  /** Number of paths that {@linkcode ScannedTree.rest} has listed as gone. */
  #listedGone = 0;

  constructor(contents: Contents, snapshot: string) {
    this.#contents = contents;
    this.#snapshot = snapshot;
  }

  /** Counts a row that was read and whose path was gone in an earlier scan. */
  stillGone(row: Row): void {
    this.#gone.add(digestOfGone(row));
  }

  /** Marks a path as gone. */
  lose(row: Row): void {
    if (row.gone) return;
    this.#contents.entries.mark(row, true);
    this.#gone.add(digestOfGone(row));
  }

  /**
   * Counts an entry that an older volume contains unchanged; with another signature if more is known about it
   * now.
   */
  keep(row: Row, signature = row.signature): void {
    if (row.gone) this.#gone.remove(digestOfGone(row));
    if (signature !== row.signature) this.#contents.entries.keep([{ ...row, signature }], () => row);
    else if (row.gone) this.#contents.entries.mark(row, false);
    this.#count(row.volume, row.size);
  }

  /** Expects a known path to be sent: unless {@linkcode ScannedTree.sent} follows, it is gone. */
  await(row: Row): void {
    this.#awaited.set(row.key, row);
  }

  /** Counts entries that a new volume contains. */
  sent(rows: Iterable<SentRow>): void {
    this.#contents.entries.keep(rows, (row) => this.#counted(row));
  }

  /** Counts an entry that a new volume contains, and returns its present row. */
  #counted(row: SentRow): Row | undefined {
    this.#count(row.volume, row.size);
    if (this.#awaited.size === 0) return undefined; // to hash a key takes as long as its digest
    const known = this.#awaited.get(row.key);
    if (known?.gone) this.#gone.remove(digestOfGone(known));
    this.#awaited.delete(row.key);
    return known;
  }

  #count(volume: number, size: number): void {
    let share = this.#shares.get(volume);
    if (share === undefined) this.#shares.set(volume, share = { entries: 0, bytes: 0 });
    share.entries += 1;
    share.bytes += size;
  }

  /** Yields the index lines that follow those of the snapshot's `own` volumes: paths that are gone, adopted volumes. */
  *rest(own: number): Generator<string> {
    this.#listedGone = 0;
    for (const key of this.#goneKeys()) {
      this.#listedGone += 1;
      yield encodeGoneLine(pathOfKey(key));
    }
    yield* this.#contents.volumes.lines(this.#adopted(own));
  }

  /**
   * Returns the summary of the tree for the receipt, once all `own` volumes of the snapshot are stored and {@linkcode ScannedTree.rest}
   * has yielded all lines: to count the paths that are gone again would take a second for a million.
   */
  summary(own: number): TreeSummary {
    const shares = [...this.#shares.values()];
    return {
      entries: shares.reduce((sum, { entries }) => sum + entries, 0),
      bytes: shares.reduce((sum, { bytes }) => sum + bytes, 0),
      gone: this.#listedGone,
      adopted: this.#adopted(own).map(({ volume, number }) => adoptedRecord(volume, number)),
      needs: neededRecords(this.#older().filter(({ receipt }) => receipt !== null)),
    };
  }

  /** Whether each older volume that the snapshot needs is at most `days` old at `now`, by the store's clock. */
  isFresh(now: Date | undefined, days: number): boolean {
    return this.#older().every(({ taken }) => now !== undefined && isFresh(taken, now.getTime(), days));
  }

  /**
   * Prepares the catalog for the next run, once the receipt is stored.
   *
   * Forgets what no later snapshot can need. A volume without entries of the tree is forgotten if an
   * interrupted run stored it, if it was stored before `time`, or if its snapshot claims a later time. Until
   * then it is kept, because its content may come back unchanged. A path that is gone is forgotten if no
   * known volume can contain it.
   */
  conclude(own: number, receipt: string, time: number): void {
    const { volumes, entries: rows } = this.#contents;
    this.#live();
    volumes.claim(this.#snapshot, receipt, this.#adopted(own));
    for (const volume of volumes.all()) {
      const { entries, bytes } = this.#shares.get(volume.seq) ?? { entries: 0, bytes: 0 };
      const isOld = volume.unclaimed !== null || volume.taken === null || volume.taken < time ||
        isLater(volume, this.#snapshot);
      if (entries === 0 && isOld) volumes.forget(volume);
      else if (entries !== volume.entries || bytes !== volume.bytes) {
        volumes.put({ ...volume, entries, bytes });
      }
    }
    rows.forgetGone(volumes.all()[0]?.seq ?? Number.MAX_SAFE_INTEGER);
  }

  /**
   * Returns the volumes that contain entries of the tree, newest first. Entries that should have been sent
   * and were not are gone.
   */
  #live(): Volume[] {
    for (const row of this.#awaited.values()) this.lose(row);
    this.#awaited.clear();
    return [...this.#shares.keys()].sort((a, b) => b - a).map((seq) => this.#contents.volumes.get(seq)!);
  }

  #older(): Volume[] {
    return this.#live().filter(({ snapshot }) => snapshot !== this.#snapshot);
  }

  /** Yields the keys of paths that are gone and that a needed volume may contain. */
  *#goneKeys(): Generator<string> {
    const oldest = this.#older().at(-1)?.seq ?? Number.MAX_SAFE_INTEGER;
    for (const { key, volume } of this.#contents.entries.gone(this.#gone.toString())) {
      if (volume >= oldest) yield key;
    }
  }

  #adopted(own: number): { number: number; volume: Volume }[] {
    return this.#older().filter(({ unclaimed }) => unclaimed !== null)
      .map((volume, at) => ({ number: own + 1 + at, volume }));
  }
}
