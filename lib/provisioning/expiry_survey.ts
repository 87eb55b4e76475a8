import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { DAY_MS } from "../model/day.ts";
import { Damage, Failure, Misuse, withHint } from "../model/failure.ts";
import { formatMinute, formatNumber } from "../model/format.ts";
import { printable } from "../model/printable.ts";
import type { AdoptedVolume, NeededSnapshot } from "../model/receipt.ts";
import { expiryDays } from "../model/retention.ts";
import { snapshotTime } from "../model/snapshot.ts";
import { NotRead } from "../snapshots/flood.ts";
import { adoptedObjects } from "../snapshots/parts.ts";
import { PassedOver } from "../snapshots/passed_over.ts";
import { type ReadDirectory, readSnapshots } from "../snapshots/receipts_ahead.ts";
import { neededSnapshot, type Snapshot, Unfinished } from "../snapshots/snapshots.ts";
import type { StoredObject, StoreReader } from "../store/contract.ts";

/** Kind of a directory: a pinned signer signed its receipt, it has none, none verifies, or, in a flood, none was read. */
export type DirectoryKind = "snapshot" | "unfinished" | "unverified" | "unread";

/** Time by which the clocks of this machine, of the store and of the host may differ. */
const CLOCK_TOLERANCE_MS = DAY_MS;

/** Facts about a snapshot that are remembered: receipts are large. */
interface Surveyed {
  readonly id: string;
  /** Time at which it was stored; see {@linkcode ExpirySurvey.timeOf}. */
  readonly storedAt: number;
  readonly commitment: string;
  readonly adopted: readonly AdoptedVolume[];
  readonly needs: readonly NeededSnapshot[];
}

/**
 * Directories of a host in a store, and which of them and of their objects must stay. Only receipts that a pinned signer
 * signed count, and the receipts that these name by commitment. Directories whose receipts were not read stay.
 */
export class ExpirySurvey {
  readonly #host: Host;
  readonly #reader: StoreReader;
  readonly #run: Run;
  readonly #kinds = new Map<string, DirectoryKind>();
  readonly #snapshots = new Map<string, Surveyed>();
  readonly #kept = new Set<string>();
  readonly #needed = new Set<string>();
  #misdated = 0;

  private constructor(host: Host, reader: StoreReader, run: Run) {
    this.#host = host;
    this.#reader = reader;
    this.#run = run;
  }

  /**
   * Reads all receipts of a host.
   *
   * @throws {Misuse} if no signer is pinned: anyone who can put objects could hide what a snapshot needs.
   * @throws {Failure} if a receipt cannot be read, the clock is behind, or no snapshot is within its retention.
   */
  static async of(host: Host, reader: StoreReader, run: Run): Promise<ExpirySurvey> {
    if (host.signers.length === 0) {
      throw new Misuse(`Cannot expire snapshots of ${host.name}: its signer is not pinned`, {
        hint:
          `Add signer: "FINGERPRINT" to ${host.name} in your config; \`nightdrop list ${host.name} --json\` prints it`,
      });
    }
    const survey = new ExpirySurvey(host, reader, run);
    await survey.#readAll();
    await survey.#keepNeeded();
    return survey;
  }

  /** Number of snapshots with a good receipt. */
  get snapshots(): number {
    return this.#snapshots.size;
  }

  /** Number of directories whose receipts were not read. */
  get unread(): number {
    return this.#count("unread");
  }

  /** Returns the kind of a directory; undefined for one that is not a snapshot's, or that was created since the survey. */
  kindOf(id: string): DirectoryKind | undefined {
    return this.#kinds.get(id);
  }

  /**
   * Returns the time in milliseconds that an object's age counts from: the date of its file or the time in the id of its
   * snapshot, whichever is later. A host that may set dates could otherwise let the owner remove its old backups, and so
   * could the clock of a disk server that begins in 1970. A time in the future counts as none.
   */
  timeOf(id: string, { storedAt }: Pick<StoredObject, "storedAt">): number {
    const claimed = snapshotTime(id)!.getTime();
    const isPast = claimed <= this.#run.now().getTime() + CLOCK_TOLERANCE_MS;
    return Math.max(storedAt.getTime(), isPast ? claimed : 0);
  }

  /** Returns whether a directory stays with all of its objects. */
  isKept(id: string): boolean {
    return this.#kept.has(id);
  }

  /** Returns whether a snapshot that stays has adopted an object. */
  isNeeded(id: string, name: string): boolean {
    return this.#needed.has(`${id}/${name}`);
  }

  async #readAll(): Promise<void> {
    const passedOver = new PassedOver();
    let newest = 0;
    const options = { passedOver: passedOver.add };
    for await (const read of readSnapshots(this.#reader, this.#host, this.#run, options)) {
      const { id, latest } = read.directory;
      newest = Math.max(newest, latest.getTime());
      if (snapshotTime(id) !== undefined) this.#kinds.set(id, this.#take(read));
    }
    for (const [name, error] of passedOver.unreadable) throw this.#unreadable(name, error);
    this.#refuseDoubtful(newest);
    this.#reportDoubts();
  }

  #take({ directory: { id }, snapshot }: ReadDirectory): DirectoryKind {
    if (snapshot instanceof Unfinished) return "unfinished";
    if (snapshot instanceof Damage) return "unverified";
    if (snapshot instanceof NotRead) {
      this.#kept.add(id);
      return "unread";
    }
    if (snapshot instanceof Failure) throw this.#unreadable(id, snapshot);
    this.#add(snapshot);
    return "snapshot";
  }

  #add(snapshot: Snapshot): void {
    const { id, storedAt, commitment, receipt: { adopted, needs } } = snapshot;
    const time = this.timeOf(id, snapshot);
    if (time - storedAt.getTime() > CLOCK_TOLERANCE_MS) this.#misdated += 1;
    this.#snapshots.set(id, { id, storedAt: time, commitment, adopted, needs });
  }

  /**
   * Returns the error for a receipt that cannot be read: its needed objects are unknown, so nothing may be removed.
   */
  #unreadable(name: string, error: Failure): Failure {
    const what = `Cannot expire snapshots of ${this.#host.name}: "${printable(name)}" cannot be read`;
    return new Failure(`${what}: ${withHint(error)}`, { cause: error });
  }

  /** Refuses a clock that is behind, and one that would leave nothing: no bucket of a living host is emptied. */
  #refuseDoubtful(newest: number): void {
    const now = this.#run.now();
    const refusal = `Cannot expire snapshots of ${this.#host.name}`;
    if (newest > now.getTime() + CLOCK_TOLERANCE_MS) {
      throw new Failure(
        `${refusal}: the store has a file of ${formatMinute(new Date(newest))}, and the clock says ${
          formatMinute(now)
        }`,
        { hint: "Set the clock of this machine, or the date of that file" },
      );
    }
    const { days } = this.#host.retention;
    if (this.#kinds.size === 0 || this.#snapshots.values().some((it) => this.#isRetained(it))) return;
    throw new Failure(
      `${refusal}: no snapshot is within the ${
        formatNumber(days, "day")
      } of its retention, so none would be left`,
      {
        hint:
          `The clock says ${formatMinute(now)}, and the config pins ${
            this.#host.signers.join(", ")
          }. If both ` +
          `are right and the host is retired, remove the directory ${this.#host.name} of the store by hand`,
      },
    );
  }

  #reportDoubts(): void {
    if (this.#misdated > 0) {
      const snapshots = formatNumber(this.#misdated, "snapshot has", "snapshots have");
      const text =
        `${snapshots} files that are dated more than a day before the host began: their age counts from the ` +
        "time in the id of the snapshot";
      this.#run.report({ event: "warning", text });
    }
    const unverified = this.#count("unverified");
    if (unverified === 0) return;
    const directories = formatNumber(unverified, "directory has", "directories have");
    const text =
      `${directories} a receipt that no pinned signer signed, or a damaged one: it keeps nothing from expiring. ` +
      `\`nightdrop verify ${this.#host.name}\` names it`;
    this.#run.report({ event: "warning", text });
  }

  #count(kind: DirectoryKind): number {
    return this.#kinds.values().filter((it) => it === kind).toArray().length;
  }

  /** Keeps the objects that younger snapshots need, and each snapshot that is kept as a whole. */
  async #keepNeeded(): Promise<void> {
    const before = this.#run.now().getTime() - expiryDays(this.#host.retention) * DAY_MS;
    for (const snapshot of this.#snapshots.values()) {
      if (snapshot.storedAt > before || this.#isRetained(snapshot)) await this.#keep(snapshot);
      if (!this.#isRetained(snapshot)) continue;
      for (const need of snapshot.needs) await this.#keepOlder(need);
    }
  }

  async #keepOlder(need: NeededSnapshot): Promise<void> {
    const { snapshot: id, receipt } = need;
    if (this.#kept.has(id)) return;
    const known = this.#snapshots.get(id);
    if (known?.commitment === receipt) return await this.#keep(known);
    this.#kept.add(id); // the receipt that counts is another one than the directory's first
    await ifThere(async () => {
      const older = await neededSnapshot(this.#reader, this.#host.name, need, this.#run.signal);
      await this.#keepAdopted(older.receipt.adopted);
    });
  }

  async #keep({ id, adopted }: Surveyed): Promise<void> {
    if (this.#kept.has(id)) return;
    this.#kept.add(id);
    await this.#keepAdopted(adopted);
  }

  async #keepAdopted(adopted: readonly AdoptedVolume[]): Promise<void> {
    for (const volume of adopted) {
      await ifThere(async () => {
        const { name } = this.#host;
        for (const { object } of await adoptedObjects(this.#reader, name, volume, this.#run.signal)) {
          this.#needed.add(`${volume.from.snapshot}/${object.name}`);
        }
      });
    }
  }

  #isRetained({ storedAt }: Surveyed): boolean {
    return storedAt + this.#host.retention.days * DAY_MS >= this.#run.now().getTime();
  }
}

/** Runs `action`, and ignores that something is missing: `verify` reports it, and nothing is left to keep. */
async function ifThere(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
  }
}
