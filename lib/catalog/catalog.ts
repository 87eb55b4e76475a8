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
import { adoptedRecord, isLater, neededRecords } from "./volumes.ts";

export type { RunTime } from "./times.ts";
export type { Subject, Terms } from "./subject.ts";

/** Volumes in a store, as receipts speak of them. */
export type Foundations = Pick<Receipt, "needs" | "adopted">;

/**
 * The host's record of what it sent: for every path the volume that holds it. With it a run sends only changes. It names
 * no object. If it is lost or doubtful, a run sends everything. No reader needs it.
 *
 * Whatever it says is checked against damage before a receipt says it: see `row_checksum.ts`.
 */
export class Catalog implements Disposable {
  readonly #database: Database;
  readonly #contents: Contents;
  readonly #terms: Terms;
  /** Why the catalog that was there could not be used; undefined where it could, or where none was to be expected. */
  readonly doubt: string | undefined;
  /** Whether it was made now, and none was to be expected. */
  readonly isNew: boolean;

  private constructor(database: Database, terms: Terms, doubt: string | undefined, isNew = false) {
    this.#database = database;
    this.#contents = new Contents(database);
    this.#terms = terms;
    this.doubt = doubt;
    this.isNew = isNew;
  }

  /**
   * Opens the catalog in `file`, or makes a new one where there is none that can be trusted.
   *
   * @throws {CatalogTrouble} when none can be made either.
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
   * Goes back to a copy of the catalog from before the last run, if that one's clock was wrong and the copy fits the clock
   * of now. Everything in it is still stored, and it is checked like every catalog; only the last receipt is another.
   *
   * @returns undefined, and leaves `file` as it is, where the copy is of no use either.
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

  /** Makes a new catalog, which knows of nothing. */
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

  /** What a run may build on: volumes of older snapshots, and those of runs that broke off. */
  foundations(): Foundations {
    const newestFirst = this.#contents.volumes.all().reverse();
    return {
      needs: neededRecords(newestFirst.filter(({ unclaimed }) => unclaimed === null)),
      adopted: newestFirst.filter(({ unclaimed }) => unclaimed !== null)
        .map((volume) => adoptedRecord(volume, volume.number)),
    };
  }

  /** Why it is of no use for a subject. */
  #doubtOf({ host, settings, receipts }: TrustedFor): string | undefined {
    const { about } = this.#contents;
    if (about.host !== host) return "it is another host's";
    const names = Object.keys({ ...about.settings, ...settings });
    const changed = names.filter((name) => about.settings[name] !== settings[name]);
    if (changed.length > 0) return `${changed.join(" and ")} changed since the last backup`;
    // Before its first receipt it knows of nothing but what a run has stored that broke off.
    if (receipts === undefined || about.receipt === null || receipts.includes(about.receipt)) {
      return undefined;
    }
    return receipts.length > 0
      ? "it does not know of the last backup"
      : "the chain does not know of its last backup";
  }

  /** Takes over what the config says now, as far as that leaves the volumes of use. */
  #follow({ declared }: TrustedFor, { keptDays }: Terms): void {
    const { about, entries } = this.#contents;
    const kept = Math.min(about.kept, keptDays);
    const isOther = JSON.stringify(about.declared) !== JSON.stringify(declared);
    if (isOther) entries.rekey(declared);
    if (isOther || kept < about.kept) this.#contents.commit({ kept, declared: [...declared] });
  }

  /** A pass over the tree. With `full` everything is sent, whatever is known of it. */
  pass<T extends Walked>(
    options: Omit<ScanOptions<T>, "refresh" | "oldest" | "declared" | "stale">,
    time: RunTime,
    full: boolean,
  ): CatalogScan<T> {
    const { refresh, stale } = this.#refresh(time, options, full);
    const { declared } = this.#contents.about;
    return new CatalogScan(this.#contents, { ...options, declared, refresh, stale, oldest: this.#oldest });
  }

  /** The time that the id of a snapshot of that moment claims. */
  claimedTime(time: RunTime): number {
    const { about, volumes } = this.#contents;
    const claimed = volumes.all().map(({ snapshot }) => snapshotTime(snapshot)!.getTime());
    return claimedTime(time, about, claimed.reduce((last, it) => Math.max(last, it), 0));
  }

  /**
   * Whether the clock of a run does not fit the last one: one of the two is wrong, or there was no backup for long. What
   * such a run makes of the catalog may be of no use to the next.
   */
  isDoubtful(host: number): boolean {
    const time = { host, store: undefined };
    const snapshot = newSnapshotId(new Date(this.claimedTime(time)));
    return isSetBack(time, this.#contents.about) ||
      this.#refresh(time, { snapshot }, false).stale !== undefined;
  }

  /** How many days old what a run builds upon may be: nothing of it may have expired before the config said more. */
  get #oldest(): number {
    return Math.min(this.#terms.refreshDays, this.#contents.about.kept);
  }

  /**
   * The receipt of the pass's snapshot, which has so many volumes of its own, is stored.
   *
   * @param begun when the run began by the host's clock; `time` is when it ended.
   */
  conclude<T extends Walked>(
    pass: CatalogScan<T>,
    own: number,
    receipt: string,
    begun: number,
    time: RunTime,
  ): void {
    const ended = time.store ?? time.host;
    const offset = ended - time.host;
    pass.conclude(own, receipt, ended - this.#oldest * DAY_MS);
    // What is still known is there now, and from now on is kept as long as the config says.
    const kept = this.#terms.keptDays;
    this.#contents.commit({ receipt, begun: begun + offset, ended, kept, offset, ahead: pass.ahead });
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
      // A receipt says once how all of its volumes are compressed.
      const useless = full || isLater(volume, snapshot) ||
        (compression && volume.unclaimed && volume.unclaimed.compression !== compression) ||
        !isFresh(volume.taken, now, oldestToKeep(about.kept));
      const weight = entryWeight(volume.entries, volume.bytes);
      return { seq: volume.seq, taken: useless ? null : volume.taken, weight };
      // Of a volume in which nothing is left nothing is due, but what is gone from it may come back as it was.
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

/** Removes a catalog that cannot be used, so that the next run does not take it for one. */
export function removeCatalog(file: string): void {
  removeDatabase(file);
}

/** Copies a catalog, if there is one. It must not be in use. */
export function copyCatalog(file: string, copy: string): void {
  copyDatabase(file, copy);
}
