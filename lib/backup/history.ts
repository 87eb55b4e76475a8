import { Catalog, type RunTime, type Subject, type Terms } from "../catalog/catalog.ts";
import { CatalogTrouble, copyDatabase, removeDatabase } from "../catalog/database.ts";
import type { CatalogScan } from "../catalog/scan.ts";
import type { KnownStore } from "../catalog/store_state.ts";
import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { Damage } from "../model/failure.ts";
import type { Holdings } from "./holdings.ts";
import { type ChangeSet, Everything } from "./changes.ts";
import { newSnapshotId } from "../model/snapshot.ts";
import { memberPath } from "../source/entry.ts";
import { trustByMount } from "../source/trust.ts";
import { walkOrder } from "../source/declared.ts";
import type { SourceEntry } from "../source/walk.ts";
import { expiryDays } from "../model/retention.ts";

export { CatalogTrouble };

/** Returns the path of the catalog of a host and a store. */
export function catalogOf({ directory }: Pick<KnownStore, "directory">): string {
  return `${directory}/catalog.sqlite`;
}

/** Identities of a host and its store. Older volumes can be used only if these are unchanged. */
export interface Parties {
  /** Identity of the store. */
  readonly store: string;
  /** Fingerprint of the signing key. */
  readonly signer: string;
}

/**
 * Earlier backups of a host, so that the next one sends only changes. If the catalog cannot be used, the
 * backup continues without it and sends everything.
 */
export class BackupHistory implements Disposable {
  readonly #file: string;
  readonly #name: string;
  readonly #host: Host;
  readonly #subject: Subject;
  readonly #run: Run;
  #doubts = 0;
  /** Whether the clock does not fit the last run. */
  #doubtful = false;
  #catalog: Catalog | undefined;
  #scan: CatalogScan<SourceEntry> | undefined;

  /**
   * Opens the catalog.
   *
   * @param file Path of the catalog: the host's own, or a copy of it.
   */
  constructor(host: Host, known: KnownStore, parties: Parties, run: Run, file = catalogOf(known)) {
    this.#file = file;
    this.#name = catalogOf(known);
    this.#host = host;
    this.#run = run;
    const recipients = host.recipients.map(({ fingerprint }) => fingerprint).sort();
    const { last, attempted } = known.chain;
    this.#subject = {
      host: host.name,
      settings: {
        "the recipients": recipients.join(" "),
        "the store": parties.store,
        "the signing key": parties.signer,
      },
      declared: walkOrder(host.selection).map(memberPath),
      receipts: [last, ...attempted].flatMap((link) => link?.commitment ?? []),
    };
    if (host.retention.refreshDays > 0) this.#remember(() => this.#open());
    else run.report({ event: "note", text: "Everything is sent: refreshDays is 0" });
  }

  /** Starts a new catalog if the store lacks an object that the next snapshot may refer to. */
  async check(holdings: Holdings): Promise<void> {
    if (this.#catalog === undefined) return;
    try {
      await holdings.check(this.#catalog.foundations());
    } catch (error) {
      if (error instanceof Damage) this.doubt(new CatalogTrouble(error.message));
      else if (error instanceof CatalogTrouble) this.doubt(error);
      else throw error;
    }
  }

  /** Returns the id of a snapshot that a run begins at that time. */
  newSnapshot(time: RunTime): string {
    return newSnapshotId(new Date(this.#catalog?.claimedTime(time) ?? time.host));
  }

  /** Returns the changes for a snapshot; everything if `full`. */
  begin(snapshot: string, time: RunTime, full: boolean): ChangeSet {
    this.#scan = this.#catalog?.scan<SourceEntry>(
      {
        snapshot,
        compression: this.#host.compression.kind,
        trust: trustByMount(),
        attributes: this.#host.attributes,
        clock: () => this.#run.now().getTime(),
      },
      time,
      full,
    );
    const stale = this.#scan?.stale;
    // If the store's time is known, a warning about the clock was reported already.
    if (stale !== undefined && time.store === undefined) this.#warn(stale);
    return this.#scan ?? new Everything();
  }

  /**
   * Whether a receipt that is stored at `now`, by the store's clock, may refer to the older volumes of this
   * run.
   */
  holds(now: Date | undefined): boolean {
    return this.#scan?.holds(now) ?? true;
  }

  /** Updates the catalog once the receipt is stored. An error no longer fails the run. */
  conclude(own: number, receipt: string, begun: Date, store: Date | undefined): void {
    this.#remember(() => {
      const time = { host: this.#run.now().getTime(), store: store?.getTime() };
      if (this.#scan) this.#catalog?.conclude(this.#scan, own, receipt, begun.getTime(), time);
      if (!this.#doubtful && this.#file === this.#name) removeDatabase(this.#before);
    });
  }

  /** Starts a new catalog after an error of the current one. At the second error the run continues without a catalog. */
  doubt({ message }: CatalogTrouble): void {
    this.#forget(message);
    if (this.#doubts++ > 0) return;
    this.#remember(() => {
      this.#catalog = Catalog.create(this.#file, this.#subject, this.#terms);
    });
  }

  [Symbol.dispose](): void {
    this.#catalog?.[Symbol.dispose]();
  }

  get #terms(): Terms {
    const { retention } = this.#host;
    return {
      refreshDays: retention.refreshDays,
      keptDays: expiryDays(retention),
    };
  }

  #open(): void {
    const now = this.#run.now().getTime();
    this.#catalog = Catalog.open(this.#file, this.#subject, this.#terms);
    if (this.#catalog.doubt !== undefined) return this.#report(this.#catalog.doubt);
    if (this.#catalog.isNew) {
      const text = "Everything is sent: this host knows of no backup to this store";
      return this.#run.report({ event: "note", text });
    }
    this.#doubtful = this.#catalog.isDoubtful(now);
    if (!this.#doubtful) return;
    this[Symbol.dispose]();
    const former = Catalog.revert(this.#file, this.#before, this.#subject, this.#terms, now);
    if (former === undefined) this.#keep();
    else this.#run.report({ event: "warning", text: CLOCK_WAS_WRONG });
    this.#catalog = former ?? Catalog.open(this.#file, this.#subject, this.#terms);
  }

  /** Copies the catalog if the clock is wrong now, so that the next run can go back to it. */
  #keep(): void {
    if (this.#file !== this.#name) return;
    try {
      copyDatabase(this.#file, this.#before);
    } catch {
      // Without a copy, a wrong clock costs one more full backup.
    }
  }

  /** Path of the copy of the catalog from before a run with a doubtful clock. */
  get #before(): string {
    return `${this.#name}.before`;
  }

  /** Runs `act` on the catalog. If that fails, the run continues without the catalog. */
  #remember(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof CatalogTrouble)) throw error;
      this.#forget(error.message);
    }
  }

  #forget(why: string): void {
    this.#report(why);
    this[Symbol.dispose]();
    [this.#catalog, this.#scan] = [undefined, undefined];
    try {
      removeDatabase(this.#file);
    } catch {
      // The file stays, but does not match the next receipt, so the next run replaces it.
    }
  }

  #report(why: string): void {
    this.#warn(`cannot use the catalog "${this.#name}": ${why}`);
  }

  #warn(why: string): void {
    this.#run.report({ event: "warning", text: `Everything is re-sent: ${why}` });
  }
}

const CLOCK_WAS_WRONG =
  "This host's clock was wrong during the last backup: what it sent is not built on. Set the clock by NTP";
