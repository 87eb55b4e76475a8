import { DAY_MS } from "../model/day.ts";
import type { Host } from "../config/types.ts";
import type { Finding } from "./findings.ts";
import { Damage, withHint } from "../model/failure.ts";
import type { AdoptedVolume, NeededSnapshot, PartRecord, VolumeRange } from "../model/receipt.ts";
import { type Committed, committedObjects, objectsOf } from "../snapshots/parts.ts";
import { isOfOneSnapshot, type Snapshot } from "../snapshots/snapshots.ts";
import type { Inventory } from "./inventory.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import { expiryDays } from "../model/retention.ts";

/** Snapshot with the day until which it can be restored. */
export interface Restorable {
  /** Id of the snapshot. */
  readonly snapshot: string;
  /** Day, such as `2026-11-25`; undefined if its objects never expire, or if the day is unknown. */
  readonly until: string | undefined;
}

type RetentionFinding = Pick<Finding, "kind" | "what"> & { readonly snapshot?: string };

/** Facts about a snapshot that its own proof needs, and those of the snapshots that refer to it. */
interface Known {
  readonly id: string;
  readonly commitment: string;
  readonly storedAt: number;
  /** Time at which the store received the oldest object of the index and the receipt. */
  readonly frame: number;
  /**
   * Time at which the store received the oldest part of each volume, by the volume's number; NaN if a part is
   * missing.
   */
  readonly volumes: Float64Array;
  readonly adopted: readonly AdoptedVolume[];
  readonly needs: readonly NeededSnapshot[];
}

/**
 * Proves from the store's own dates and its expiry until when each snapshot can be restored: as long as the
 * oldest object that it needs exists, in its own directory or in another.
 */
export class RetentionProof {
  readonly #host: Host;
  readonly #reader: StoreReader;
  readonly #known = new Map<string, Known>();
  readonly #signal: AbortSignal;
  readonly #unreadable: ReadonlySet<string>;
  /** Ids of snapshots whose adopted volumes could not be checked. */
  readonly #unseen = new Set<string>();

  /**
   * Creates an empty proof.
   *
   * @param unreadable Ids of directories that could not be read.
   */
  constructor(
    host: Host,
    reader: StoreReader,
    signal: AbortSignal,
    unreadable: ReadonlySet<string> = new Set(),
  ) {
    this.#unreadable = unreadable;
    this.#host = host;
    this.#reader = reader;
    this.#signal = signal;
  }

  /** Adds a snapshot whose receipt is good. */
  take({ id, commitment, storedAt, receipt }: Snapshot, { times }: Inventory): void {
    const oldest = (parts: readonly PartRecord[]): number =>
      least(parts, ({ name }) => times.get(name) ?? NaN);
    const volumes = new Float64Array(receipt.volumes.length + receipt.adopted.length + 1);
    for (const { number, parts } of receipt.volumes) volumes[number] = oldest(parts);
    const { adopted, needs, index } = receipt;
    const frame = Math.min(oldest(index.parts), storedAt.getTime());
    this.#known.set(id, { id, commitment, storedAt: storedAt.getTime(), frame, volumes, adopted, needs });
  }

  /**
   * Yields the day until which each snapshot can be restored. Call it when all snapshots have been added.
   */
  async *judge(now: Date): AsyncGenerator<RetentionFinding | Restorable> {
    const known = [...this.#known.values()].sort((a, b) => a.storedAt - b.storedAt);
    for (const snapshot of known) {
      for await (const found of this.#adopt(snapshot)) {
        const over = found.kind === "damage" && isRetentionOver(snapshot, this.#host, now);
        yield over ? expired(snapshot.id, found.what) : found;
      }
    }
    const { retention } = this.#host;
    const reported = yield* this.#expiry();
    const days = reported ?? expiryDays(retention);
    for (const snapshot of known) {
      let oldest = this.#own(snapshot);
      const promised = snapshot.storedAt + retention.days * DAY_MS;
      const isOver = isRetentionOver(snapshot, this.#host, now);
      for (const need of snapshot.needs) {
        const isUnknown = this.#unreadable.has(need.snapshot) || this.#unseen.has(need.snapshot);
        const found = isUnknown ? NaN : this.#needed(need);
        if (typeof found === "string") {
          yield isOver ? expired(snapshot.id, found) : { kind: "damage", snapshot: snapshot.id, what: found };
          if (isOver) oldest = NaN;
        } else oldest = Math.min(oldest, found);
      }
      if (Number.isNaN(oldest)) continue; // it was reported
      const until = oldest + days * DAY_MS;
      yield { snapshot: snapshot.id, until: reported === undefined ? undefined : dayOf(until) };
      if (until >= promised || isOver) continue;
      const short = Math.ceil((promised - until) / DAY_MS);
      const what =
        `It can be restored until ${dayOf(until)} only, ${short} days short of the ${retention.days} ` +
        "that are promised: what it needs expires too early";
      yield { kind: "damage", snapshot: snapshot.id, what };
    }
  }

  /** Finds the objects of adopted volumes, which are in other directories. */
  async *#adopt({ id, adopted, volumes }: Known): AsyncGenerator<RetentionFinding> {
    for (const together of Map.groupBy(adopted, ({ from }) => from.snapshot).values()) {
      for (const { number } of together) volumes[number] = NaN;
      try {
        const found = await committedObjects(this.#reader, this.#host.name, together, this.#signal);
        yield* takeAdopted(together, found, id, volumes);
      } catch (error) {
        if (!isOfOneSnapshot(error)) throw error;
        this.#unseen.add(id);
        yield { kind: "unreadable", snapshot: id, what: withHint(error) };
      }
    }
  }

  #own({ frame, volumes }: Known): number {
    return Math.min(frame, least(volumes.subarray(1), (time) => time));
  }

  /**
   * Returns the time at which the store received the oldest needed object of a snapshot, or a description of
   * what is missing.
   */
  #needed({ snapshot, receipt, volumes }: NeededSnapshot): number | string {
    const known = this.#known.get(snapshot);
    if (known?.commitment !== receipt) {
      return `It needs the snapshot ${snapshot}, which is missing or another one`;
    }
    if (Number.isNaN(known.frame)) return `It needs the index of ${snapshot}, which is missing`;
    let oldest = known.frame;
    for (const number of numbersIn(volumes)) {
      const time = known.volumes[number] ?? NaN;
      if (Number.isNaN(time)) return `It needs volume ${number} of ${snapshot}, which is missing`;
      oldest = Math.min(oldest, time);
    }
    return oldest;
  }

  /** Returns the number of days after which objects expire; undefined if unknown. */
  async *#expiry(): AsyncGenerator<RetentionFinding, number | undefined> {
    try {
      return await this.#reader.expiry({ signal: this.#signal });
    } catch (error) {
      if (!(error instanceof StoreError) || !error.ofOneObject) throw error;
      const what =
        "The bucket's expiry cannot be seen, so nothing proves how long snapshots can be restored. " +
        (error.hint ?? error.message);
      yield { kind: "note", what };
      return undefined;
    }
  }
}

/** Whether the retention of a snapshot has ended, so that a part of its objects may have expired. */
export function isRetentionOver(
  { storedAt }: { readonly storedAt: number | Date },
  { retention }: Pick<Host, "retention">,
  now: Date,
): boolean {
  return Number(storedAt) + retention.days * DAY_MS < now.getTime();
}

/** Returns the note on a snapshot whose retention has ended, and that has lost an object. */
function expired(snapshot: string, what: string): RetentionFinding {
  return { kind: "note", snapshot, what: `Its retention is over, and it can no longer be restored: ${what}` };
}

/** Records the times at which the store received the objects of adopted volumes. */
function* takeAdopted(
  adopted: readonly AdoptedVolume[],
  found: ReadonlyMap<string, Committed>,
  snapshot: string,
  times: Float64Array,
): Generator<RetentionFinding> {
  for (const volume of adopted) {
    try {
      times[volume.number] = least(objectsOf(volume, found), ({ object }) => object.storedAt.getTime());
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      yield { kind: "damage", snapshot, what: error.message };
    }
  }
}

function* numbersIn(ranges: readonly VolumeRange[]): Generator<number> {
  for (const [first, last] of ranges) for (let number = first; number <= last; number += 1) yield number;
}

/** Returns the minimum of any number of values; NaN if one of them is NaN. */
function least<T>(items: Iterable<T>, value: (item: T) => number): number {
  let found = Infinity;
  for (const item of items) found = Math.min(found, value(item));
  return found;
}

/** Returns the day of a time; undefined if no `Date` has it, as after an expiry of millions of days. */
function dayOf(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().split("T")[0];
}
