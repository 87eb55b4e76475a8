import type { CompressionKind } from "../model/compression.ts";
import type { Receipt } from "../model/receipt.ts";
import { beginContents, Contents } from "./contents.ts";
import { CatalogTrouble, copyDatabase, Database, removeDatabase } from "./database.ts";
import type { Walked } from "./stat_signature.ts";
import { newSnapshotId, snapshotTime } from "../model/snapshot.ts";
import { CatalogScan, type ScanOptions } from "./scan.ts";
import { DAY_MS } from "../model/day.ts";
import { entryWeight, isFresh, oldestToKeep, planRefresh, type Refresh } from "./refresh.ts";
import type { Subject, Terms, TrustedFor } from "./subject.ts";
import { claimedTime, isSetBack, presentTime, type RunTime, staleReason } from "./times.ts";
import { adoptedRecord, isLater, neededRecords } from "./volume_records.ts";

export type { RunTime } from "./times.ts";
export type { Subject, Terms } from "./subject.ts";

/** Volumes in a store that a run can build on, as receipts record them. */
export type Foundations = Pick<Receipt, "needs" | "adopted">;

/**
 * Host's record of everything that it sent: for every path, the volume that contains it. With it, a run sends only changes.
 * It contains no names of objects. If it is lost or doubtful, a run sends everything. Readers do not need it.
 *
 * Its content is checked for damage before a receipt relies on it: see `row_checksum.ts`.
 */
export class Catalog implements Disposable {
  readonly #database: Database;
  readonly #contents: Contents;
  readonly #terms: Terms;
  /** Reason why an existing catalog could not be used; undefined if it was used, or if none was expected. */
  readonly doubt: string | undefined;
  /** Whether it was created now, and none was expected. */
  readonly isNew: boolean;

  private constructor(database: Database, terms: Terms, doubt: string | undefined, isNew = false) {
    this.#database = database;
    this.#contents = new Contents(database);
    this.#terms = terms;
    this.doubt = doubt;
    this.isNew = isNew;
  }

  /**
   * Opens the catalog in `file`, or creates a new one if there is none that can be trusted.
   *
   * @throws {CatalogTrouble} if none can be created either.
   */
  static open(file: string, subject: Subject, terms: Terms): Catalog {
    try {
      const database = Database.open(file);
      if (database !== undefined) return Catalog.#trusted(database, subject, terms);
      return Catalog.create(file, subject, terms, subject.receipts.length > 0 ? "it is gone" : undefined);
    } catch (error) {
      if (!(error instanceof CatalogTrouble)) throw error;
      return Catalog.create(file, subject, terms, error.message);
    }
  }

  /**
   * Restores a copy of the catalog from before the last run, if the clock of that run was wrong and the copy fits the
   * present clock. Everything in the copy is still stored, and it is checked like every catalog; only the last receipt
   * differs.
   *
   * @returns undefined, and leaves `file` unchanged, if the copy cannot be used either.
   */
  static revert(
    file: string,
    copy: string,
    subject: Subject,
    terms: Terms,
    host: number,
  ): Catalog | undefined {
    const trial = `${file}.trial`;
    try {
      copyDatabase(copy, trial);
      const database = Database.open(trial);
      if (database === undefined) return undefined;
      {
        using catalog = Catalog.#trusted(database, { ...subject, receipts: undefined }, terms);
        if (catalog.isDoubtful(host)) return undefined;
        catalog.#contents.commit({ receipt: subject.receipts[0] ?? null });
      }
      copyDatabase(trial, file);
      return Catalog.open(file, subject, terms);
    } catch (error) {
      if (error instanceof CatalogTrouble) return undefined;
      throw error;
    } finally {
      removeDatabase(trial);
    }
  }

  /** Creates an empty catalog. */
  static create(file: string, subject: Subject, terms: Terms, doubt?: string): Catalog {
    const database = Database.create(file);
    const { host, settings, declared } = subject;
    beginContents(database, { host, settings, declared: [...declared], kept: terms.keptDays });
    return new Catalog(database, terms, doubt, doubt === undefined);
  }

  static #trusted(database: Database, subject: TrustedFor, terms: Terms): Catalog {
    try {
      const catalog = new Catalog(database, terms, undefined);
      const doubt = catalog.#doubtOf(subject);
      if (doubt !== undefined) throw new CatalogTrouble(doubt);
      catalog.#follow(subject, terms);
      return catalog;
    } catch (error) {
      database[Symbol.dispose]();
      throw error;
    }
  }

  /** Returns the volumes that a run may build on: those of older snapshots, and those of interrupted runs. */
  foundations(): Foundations {
    const newestFirst = this.#contents.volumes.all().reverse();
    return {
      needs: neededRecords(newestFirst.filter(({ unclaimed }) => unclaimed === null)),
      adopted: newestFirst.filter(({ unclaimed }) => unclaimed !== null)
        .map((volume) => adoptedRecord(volume, volume.number)),
    };
  }

  /** Returns the reason why the catalog cannot be used for a subject; undefined if it can. */
  #doubtOf({ host, settings, receipts }: TrustedFor): string | undefined {
    const { about } = this.#contents;
    if (about.host !== host) return "it is another host's";
    const names = Object.keys({ ...about.settings, ...settings });
    const changed = names.filter((name) => about.settings[name] !== settings[name]);
    if (changed.length > 0) return `${changed.join(" and ")} changed since the last backup`;
    // Before its first receipt it contains only volumes of interrupted runs.
    if (receipts === undefined || about.receipt === null || receipts.includes(about.receipt)) {
      return undefined;
    }
    return receipts.length > 0
      ? "it does not know of the last backup"
      : "the chain does not know of its last backup";
  }

  /** Applies changes of the config, as far as they leave the volumes usable. */
  #follow({ declared }: TrustedFor, { keptDays }: Terms): void {
    const { about, entries } = this.#contents;
    const kept = Math.min(about.kept, keptDays);
    const isOther = JSON.stringify(about.declared) !== JSON.stringify(declared);
    if (isOther) entries.rekey(declared);
    if (isOther || kept < about.kept) this.#contents.commit({ kept, declared: [...declared] });
  }

  /** Starts a scan of the tree. With `full`, everything is sent, whatever the catalog contains. */
  scan<T extends Walked>(
    options: Omit<ScanOptions<T>, "refresh" | "oldest" | "declared" | "stale">,
    time: RunTime,
    full: boolean,
  ): CatalogScan<T> {
    const { refresh, stale } = this.#refresh(time, options, full);
    const { declared } = this.#contents.about;
    return new CatalogScan(this.#contents, { ...options, declared, refresh, stale, oldest: this.#oldest });
  }

  /** Returns the time that the id of a new snapshot claims. */
  claimedTime(time: RunTime): number {
    const { about, volumes } = this.#contents;
    const claimed = volumes.all().map(({ snapshot }) => snapshotTime(snapshot)!.getTime());
    return claimedTime(time, about, claimed.reduce((last, it) => Math.max(last, it), 0));
  }

  /**
   * Whether the clock of a run does not fit that of the last one: one of them is wrong, or there was no backup for a long
   * time. The catalog after such a run may be useless for the next run.
   */
  isDoubtful(host: number): boolean {
    const time = { host, store: undefined };
    const snapshot = newSnapshotId(new Date(this.claimedTime(time)));
    return isSetBack(time, this.#contents.about) ||
      this.#refresh(time, { snapshot }, false).stale !== undefined;
  }

  /**
   * Maximum age in days of volumes that a run builds on: none of them may have expired before the config required longer
   * retention.
   */
  get #oldest(): number {
    return Math.min(this.#terms.refreshDays, this.#contents.about.kept);
  }

  /**
   * Records that the receipt of the scan's snapshot is stored.
   *
   * @param own Number of volumes of the snapshot itself.
   * @param begun Start of the run by the host's clock; `time` is its end.
   */
  conclude<T extends Walked>(
    scan: CatalogScan<T>,
    own: number,
    receipt: string,
    begun: number,
    time: RunTime,
  ): void {
    const ended = time.store ?? time.host;
    const offset = ended - time.host;
    scan.conclude(own, receipt, ended - this.#oldest * DAY_MS);
    // Volumes that are still known exist now, and are kept from now on as long as the config says.
    const kept = this.#terms.keptDays;
    this.#contents.commit({ receipt, begun: begun + offset, ended, kept, offset, ahead: scan.ahead });
  }

  #refresh(
    time: RunTime,
    { snapshot, compression }: { readonly snapshot: string; readonly compression?: CompressionKind },
    full: boolean,
  ): { refresh: Refresh; stale: string | undefined } {
    const { about, volumes } = this.#contents;
    const { refreshDays } = this.#terms;
    const now = presentTime(time, about);
    const known = volumes.all().filter(({ entries }) => entries > 0);
    const aged = volumes.all().map((volume) => {
      // A receipt has one compression for all of its volumes.
      const useless = full || isLater(volume, snapshot) ||
        (compression && volume.unclaimed && volume.unclaimed.compression !== compression) ||
        !isFresh(volume.taken, now, oldestToKeep(about.kept));
      const weight = entryWeight(volume.entries, volume.bytes);
      return { seq: volume.seq, taken: useless ? null : volume.taken, weight };
      // A volume without entries need not be re-sent, but its entries may come back unchanged.
    }).filter(({ taken, weight }) => weight > 0 || taken === null);
    const elapsed = about.begun === null ? 0 : Math.max(0, now - about.begun);
    const refresh = planRefresh(aged, { now, elapsed, ahead: about.ahead }, refreshDays);
    const total = aged.reduce((sum, { weight }) => sum + weight, 0);
    const old = aged.reduce((sum, { seq, weight }) => sum + (refresh.old.has(seq) ? weight : 0), 0);
    if (full || total === 0 || old < total / 2) return { refresh, stale: undefined };
    const why = staleReason({
      host: time.host,
      now,
      ended: about.ended,
      refreshDays,
      keptDays: about.kept,
      undated: known.every(({ taken }) => taken === null),
      isAhead: known.some((volume) => isLater(volume, snapshot)),
    });
    return { refresh, stale: why };
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
  }
}
