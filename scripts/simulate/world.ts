/**
 * A host, its tree and its stores, all made up, around the real catalog, receipts, identities of stores and rules of
 * reading: no file is read, no byte sealed, and years pass in seconds.
 */
import { Catalog, type Subject, type Terms } from "../../lib/catalog/catalog.ts";
import { CatalogTrouble, removeDatabase } from "../../lib/catalog/database.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import type { NamedStore } from "../../lib/catalog/store_state.ts";
import type { Run } from "../../lib/app/events.ts";
import { Damage, Failure } from "../../lib/model/failure.ts";
import { checkBeforeReceipt, identify } from "../../lib/backup/chosen_store.ts";
import { Holdings } from "../../lib/backup/holdings.ts";
import { expiryDays, type Retention } from "../../lib/model/retention.ts";
import { type Ending, RUN_MS, SimulatedBackup } from "./backup.ts";
import { StateDirectory, type StoreMemory } from "./state.ts";
import { HOST, type MadeSnapshot, type MadeStore } from "./store.ts";
import { type StoreKind, Stores } from "./stores.ts";
import { MadeTree, type Thing } from "./tree.ts";

/** Result of a run. */
export interface Done {
  /** Bytes sent: volumes and index. */
  readonly sent: number;
  /** Bytes that it re-sent although they had not changed. */
  readonly refreshed: number;
  readonly attempts: number;
  /** Reason why it was refused, or ended without a receipt. */
  readonly refused?: Failure;
}

/** Options of a run. */
export interface Start {
  readonly ending?: Ending;
  readonly full?: boolean;
  readonly newStore?: boolean;
}

/** Host with a controlled clock. */
export class World {
  readonly tree = new MadeTree();
  readonly stores: Stores;
  /** Images of disks, by disk. */
  readonly images = new Map<MadeStore, MadeStore>();
  /** True time, as the store has it. */
  now = Date.parse("2026-01-01T00:00:00Z");
  /** Offset of the host's clock. */
  skew = 0;
  retention: Retention;
  #recipients = 1;
  /** Entries that the next walk returns instead of {@link tree}. */
  things: readonly Thing[] | undefined;
  /** State directory of the host. */
  readonly state: StateDirectory;
  /**
   * Lifecycles that earlier settings need for their snapshots, and until when: at least until the host has made a snapshot
   * with later ones. So docs/OPERATING.md has the owner do it.
   */
  readonly #owed: { readonly days: number; readonly until: number; followed: boolean }[] = [];
  /** Left open from one run to the next as long as all goes well: years would take twice as long otherwise. */
  #open: { readonly identity: string; readonly catalog: Catalog } | undefined;

  constructor(file: string, retention: Retention, kind: StoreKind = "bucket") {
    this.state = new StateDirectory(file);
    this.retention = retention;
    this.stores = new Stores(kind);
  }

  /** A moment of the host's clock at which the tree may change: no run can mistake it for its own. */
  get before(): number {
    return this.now + this.skew - 60_000;
  }

  /** Configures another recipient key. */
  changeRecipients(): void {
    this.#owe();
    this.#recipients += 1;
  }

  /** Configures another retention. */
  changeRetention(retention: Retention): void {
    this.#owe();
    this.retention = retention;
  }

  #owe(): void {
    this.close();
    const until = this.now + (this.retention.days + 1) * DAY_MS;
    this.#owed.push({ days: expiryDays(this.retention), until, followed: false });
  }

  /** Applies the lifecycle of a bucket. A directory has none. */
  expire(): void {
    if (this.stores.kind === "directory") return;
    const owed = this.#owed.filter((it) => it.until >= this.now || !it.followed).map((it) => it.days);
    const days = Math.max(expiryDays(this.retention), ...owed);
    for (const store of this.stores.all) store.expire(this.now - days * DAY_MS);
  }

  /** Runs a backup. */
  async run({ ending = "whole", full = false, newStore = false }: Start = {}): Promise<Done> {
    try {
      return await this.#run(ending, full, newStore);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.close();
      return { sent: 0, refreshed: 0, attempts: 0, refused: error };
    } finally {
      if (ending !== "whole") this.close();
    }
  }

  /** Ends the host's process: the next run opens what is on its disk. */
  close(): void {
    this.#open?.catalog[Symbol.dispose]();
    this.#open = undefined;
  }

  async #run(ending: Ending, full: boolean, newStore: boolean): Promise<Done> {
    const { identity: marker, place } = this.stores.identified;
    const known = this.state.identities.map((identity): NamedStore => ({ identity, place }));
    const identity = await identify({ identity: marker, place }, known, newStore, RUN);
    const memory = this.state.of(identity);
    let catalog = await this.#checked(identity, memory);
    let [sent, refreshed] = [0, 0];
    let store: number | undefined;
    for (let attempts = 1;; attempts += 1) {
      const backup = new SimulatedBackup(
        this,
        catalog,
        { host: this.now + this.skew, store },
        full || attempts > 2,
      );
      const most = typeof ending === "object" ? ending.volumes : Infinity;
      const whole = attempt(() => backup.send(most, () => this.#interrupt(ending)));
      if (whole === undefined) {
        catalog = this.#begin(identity, memory);
        continue;
      }
      sent += backup.sent;
      refreshed += backup.refreshed;
      this.now += RUN_MS;
      if (!whole) return { sent, refreshed, attempts };
      if (backup.holds()) {
        if (typeof marker !== "string") {
          await checkBeforeReceipt(marker, { identity, place }, this.#holdings(), backup.receipt);
        }
        const concluded = attempt(() => backup.conclude(ending, memory.receipts) ?? true);
        if (concluded === undefined) this.#lose(memory);
        return { sent, refreshed, attempts };
      }
      store = this.now;
    }
  }

  /** Applies what happens during a run. Returns whether the run continues. */
  #interrupt(ending: Ending): boolean {
    const swap = typeof ending === "object" ? ending.swap : undefined;
    if (swap !== undefined) this.stores.current = swap;
    return swap !== undefined;
  }

  /** Returns the catalog, which is not trusted if the store lacks objects that it refers to. */
  async #checked(identity: string, memory: StoreMemory): Promise<Catalog> {
    if (this.#open?.identity !== identity) this.close();
    const [subject, terms] = [this.#subject(identity, memory), this.#terms];
    this.#open ??= { identity, catalog: Catalog.open(memory.file, subject, terms) };
    if (this.stores.kind === "bucket") return this.#open.catalog;
    try {
      await this.#holdings().check(this.#open.catalog.foundations());
    } catch (error) {
      if (!(error instanceof Damage || error instanceof CatalogTrouble)) throw error;
      return this.#begin(identity, memory);
    }
    return this.#open.catalog;
  }

  /** Returns a new, empty catalog. */
  #begin(identity: string, memory: StoreMemory): Catalog {
    this.close();
    const catalog = Catalog.create(memory.file, this.#subject(identity, memory), this.#terms);
    this.#open = { identity, catalog };
    return catalog;
  }

  /** Handles a stored snapshot that the host cannot record. */
  #lose({ file }: StoreMemory): void {
    this.close();
    removeDatabase(file);
  }

  #subject(identity: string, { receipts }: StoreMemory): Subject {
    const settings = { recipients: String(this.#recipients), store: identity };
    return { host: HOST, settings, declared: [""], receipts };
  }

  get #terms(): Terms {
    return { refreshDays: this.retention.refreshDays, keptDays: expiryDays(this.retention) };
  }

  #holdings(): Holdings {
    const { current } = this.stores;
    return new Holdings(current.objects, HOST, RUN.signal, current.receiptOf);
  }

  /** @ignore */
  receive(snapshot: MadeSnapshot, answered: boolean, receipts: string[]): void {
    this.stores.current.snapshots.set(snapshot.id, snapshot);
    if (answered) receipts.length = 0;
    receipts.push(snapshot.commitment);
    for (const owed of this.#owed) owed.followed = true;
  }
}

/** Returns the result of an action; undefined if the catalog is damaged. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof CatalogTrouble) return undefined;
    throw error;
  }
}

const RUN: Run = { report: () => {}, signal: new AbortController().signal, now: () => new Date() };
