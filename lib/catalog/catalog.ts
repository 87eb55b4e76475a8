import { createHash } from "node:crypto";
import type { CompressionKind } from "../model/compression.ts";
import type { Receipt } from "../model/receipt.ts";
import { CatalogTrouble, copyDatabase, Database, removeDatabase } from "./database.ts";
import type { Walked } from "./likeness.ts";
import { ENTRY_WEIGHT, Pass, type PassOptions } from "./pass.ts";
import { DAY, isFresh, oldestToKeep, planRefresh, type Refresh } from "./refresh.ts";
import { adoptedRecord, neededRecords, Volumes } from "./volumes.ts";

/** What a catalog is of. It is worth nothing to another host, nor after a change of these. */
export interface Subject {
  readonly host: string;
  /** Fingerprints of recipients and signer, the store's place, the declared paths: in any form that stays the same. */
  readonly settings: unknown;
  /** Commitments of the receipts of which the last may be: those that the host knows of. */
  readonly receipts: readonly string[];
}

/** Volumes in a store, as receipts speak of them. */
export type Foundations = Pick<Receipt, "needs" | "adopted">;

/** For how long what was sent is of use. */
export interface Terms {
  /** So many days old at most is what a run builds upon; more than 0. */
  readonly refreshDays: number;
  /** For so many days the store keeps what it is given: more than that. */
  readonly keptDays: number;
}

/** When a run takes place, as far as the host knows before it has put anything. */
export interface RunTime {
  /** The host's clock, in milliseconds. */
  readonly host: number;
  /** The store's, where it was told in this run. */
  readonly store: number | undefined;
}

/**
 * The host's memory of what it sent: for every path the volume that holds it. By it a run sends what changed. It names no
 * object. If it is lost or doubted, a run sends everything; it is never needed to read a backup.
 */
export class Catalog implements Disposable {
  readonly #database: Database;
  readonly #terms: Terms;
  /** For how many days the store has certainly kept what was sent: as long as the config said when it said least. */
  #kept: number;
  /** Why the catalog that was there could not be used; undefined where it could, or where none was to be expected. */
  readonly doubt: string | undefined;

  private constructor(database: Database, terms: Terms, doubt: string | undefined) {
    this.#database = database;
    this.#terms = terms;
    this.doubt = doubt;
    const [[kept]] = database.prepare("UPDATE memory SET kept = MIN(kept, ?) RETURNING kept")
      .all(terms.keptDays) as [[number]];
    this.#kept = kept;
    database.exec("BEGIN");
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

  /** Makes a new catalog, which knows of nothing. */
  static create(file: string, subject: Subject, terms: Terms, doubt?: string): Catalog {
    const database = Database.create(file);
    database.prepare("INSERT INTO memory (host, settings, kept, apart, ahead) VALUES (?, ?, ?, 0, 0)")
      .run(subject.host, digestOf(subject.settings), terms.keptDays);
    return new Catalog(database, terms, doubt);
  }

  static #trusted(database: Database, subject: Subject, terms: Terms): Catalog {
    try {
      const [row] = database.prepare("SELECT host, settings, receipt FROM memory").all();
      if (row === undefined) throw new CatalogTrouble("it is not a whole catalog");
      const [host, settings, receipt] = row;
      if (host !== subject.host) throw new CatalogTrouble("it is another host's");
      if (settings !== digestOf(subject.settings)) {
        throw new CatalogTrouble("recipients, signer, store or paths are others now");
      }
      // Before its first receipt it knows of nothing but what a run has stored that broke off.
      if (receipt !== null && !subject.receipts.includes(receipt as string)) {
        throw new CatalogTrouble("it does not know of the last backup");
      }
      return new Catalog(database, terms, undefined);
    } catch (error) {
      database[Symbol.dispose]();
      throw error;
    }
  }

  /** What a run may build on: volumes of older snapshots, and those of runs that broke off. */
  foundations(): Foundations {
    const known = new Volumes(this.#database).all();
    return {
      needs: neededRecords(known.filter(({ unclaimed }) => unclaimed === undefined)),
      adopted: known.filter(({ unclaimed }) => unclaimed !== undefined)
        .map((volume) => adoptedRecord(volume, volume.number)),
    };
  }

  /** A pass over the tree. With `full` everything is sent, whatever is known of it. */
  pass<T extends Walked>(
    options: Omit<PassOptions<T>, "refresh" | "oldest">,
    time: RunTime,
    full: boolean,
  ): Pass<T> {
    const refresh = this.#refresh(time, options.compression, full);
    return new Pass(this.#database, { ...options, refresh, oldest: this.#oldest });
  }

  /** How many days old what a run builds upon may be: nothing of it may have expired before the config said more. */
  get #oldest(): number {
    return Math.min(this.#terms.refreshDays, this.#kept);
  }

  /**
   * The receipt of the pass's snapshot, which has so many volumes of its own, is stored.
   *
   * @param begun when the run began by the host's clock; `time` is when it ended.
   */
  conclude<T extends Walked>(
    pass: Pass<T>,
    own: number,
    receipt: string,
    begun: number,
    time: RunTime,
  ): void {
    const apart = (time.store ?? time.host) - time.host;
    pass.conclude(own, receipt, time.host + apart - this.#oldest * DAY);
    // What is still known is there now, and from now on is kept as long as the config says.
    this.#kept = this.#terms.keptDays;
    this.#database.prepare("UPDATE memory SET receipt = ?, begun = ?, kept = ?, apart = ?, ahead = ?")
      .run(receipt, begun + apart, this.#kept, apart, pass.ahead);
    this.#database.commit();
  }

  #refresh(time: RunTime, compression: CompressionKind, full: boolean): Refresh {
    const live = new Volumes(this.#database).live();
    const [[begun, apart, ahead]] = this.#database.prepare("SELECT begun, apart, ahead FROM memory")
      .all() as [
        [number | null, number, number],
      ];
    const now = time.store ?? time.host + apart;
    const volumes = live.map(({ seq, taken, entries, bytes, unclaimed }) => {
      // A receipt says once how all of its volumes are compressed.
      const useless = full || (unclaimed && unclaimed.compression !== compression) ||
        !isFresh(taken, now, oldestToKeep(this.#kept));
      return { seq, taken: useless ? null : taken, weight: bytes + entries * ENTRY_WEIGHT };
    });
    const elapsed = begun === null ? 0 : Math.max(0, now - begun);
    return planRefresh(volumes, { now, elapsed, ahead }, this.#terms.refreshDays);
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
  }
}

/** Removes a catalog that cannot be used, so that the next run does not take it for one. */
export function removeCatalog(file: string): void {
  removeDatabase(file);
}

/** Copies a catalog as it is, where there is one; nobody must be using it. */
export function copyCatalog(file: string, copy: string): void {
  copyDatabase(file, copy);
}

function digestOf(settings: unknown): string {
  return createHash("sha256").update(JSON.stringify(settings)).digest("hex");
}
