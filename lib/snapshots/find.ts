import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { type ChainMember, chainOrder, linksAlone } from "../model/chain_order.ts";
import { Damage, Failure, Misuse } from "../model/failure.ts";
import { formatSecond } from "../model/format.ts";
import { isMoment, type Moment, momentOf } from "../model/moment.ts";
import { printable } from "../model/printable.ts";
import { snapshotTime } from "../model/snapshot.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import { chainDoubts } from "./chain_doubts.ts";
import type { StoredDirectory } from "./directories.ts";
import { PassedOver } from "./passed_over.ts";
import { type ReadDirectory, readSnapshots } from "./receipts_ahead.ts";
import { neededSnapshot, type Snapshot } from "./snapshots.ts";

/** Options of {@linkcode findSnapshot}. */
export interface FindOptions {
  /** Ends the search. */
  readonly signal: AbortSignal;
  /**
   * Called with newer snapshots, by the store's dates, that `latest` skips because they cannot be trusted.
   */
  readonly damaged: (id: string, why: Failure) => void;
  /** Called with the snapshot that a date or a time has selected, in words. */
  readonly found?: (text: string) => void;
  /**
   * Called with the reason why `latest` may be another snapshot than expected, after the name of the host: a copied store, a forked
   * chain.
   */
  readonly doubt?: (why: string) => void;
}

/** Maximum number of newer, untrusted snapshots that are reported: the newest of them. */
const MAX_REFUSED = 10;

/**
 * Finds a snapshot of a host by its id, by a unique prefix of it, or as `latest`: the last one with a good
 * receipt, in the order of the signed chain (see {@link chainOrder}). A date or a time (see {@link momentOf})
 * selects the last one that was begun until then.
 *
 * @throws {Misuse} if there is no such snapshot.
 */
export async function findSnapshot(
  reader: StoreReader,
  host: Host,
  wanted: string,
  options: FindOptions,
): Promise<Snapshot> {
  if (wanted === "latest") return await latestSnapshot(reader, host, options);
  if (isMoment(wanted)) return await latestSnapshot(reader, host, options, momentOf(wanted));
  return await namedSnapshot(reader, host, wanted, options);
}

/**
 * Finds a snapshot by its id or a prefix. Only directories that begin with `wanted` are listed, and those
 * without a good snapshot do not make a prefix ambiguous.
 */
async function namedSnapshot(
  reader: StoreReader,
  host: Host,
  wanted: string,
  { signal, doubt = () => {} }: FindOptions,
): Promise<Snapshot> {
  const found: Snapshot[] = [];
  let refusal: Failure | undefined;
  if (!/^[0-9A-Za-z-]+$/.test(wanted)) throw noSnapshot(host, wanted);
  const read = readSnapshots(reader, host, { signal, report: warningsTo(doubt) }, { under: wanted });
  for await (const { directory: { id }, snapshot } of withReceipts(read)) {
    if (snapshot instanceof Failure) {
      if (id === wanted) throw snapshot;
      refusal ??= snapshot;
    } else if (id === wanted) return snapshot;
    else if (found.push(snapshot) > 1) throw ambiguous(host, wanted);
  }
  const [only] = found;
  if (only !== undefined) return only;
  throw refusal ?? noSnapshot(host, wanted);
}

async function latestSnapshot(
  reader: StoreReader,
  host: Host,
  { signal, damaged, found = () => {}, doubt = () => {} }: FindOptions,
  moment?: Moment,
): Promise<Snapshot> {
  const good: ChainMember[] = [];
  const refused = new Refused();
  const passedOver = new PassedOver();
  const read = readSnapshots(reader, host, { signal, report: warningsTo(doubt) }, {
    passedOver: passedOver.add,
  });
  for await (const { directory, snapshot } of withReceipts(read)) {
    if (snapshot instanceof Failure) refused.add(directory, snapshot);
    else good.push(linksAlone(snapshot));
  }
  const order = chainOrder(good);
  const last = order.members.findLast((it) => isUntil(moment, it));
  const untrusted = refused.since(last?.storedAt, moment);
  for (const { id, why } of untrusted) damaged(id, why);
  for (const [name, { message }] of passedOver.unreadable) {
    doubt(`${host.name}: Cannot look at ${printable(name)}: ${message}`);
  }
  if (passedOver.moreUnreadable > 0) doubt(`${host.name}: Cannot look at ${passedOver.moreUnreadable} more`);
  if (last === undefined) {
    throw refused.unreadable ?? noneUntil(moment, host, order.members, untrusted.length);
  }
  for (const why of chainDoubts(order, host.acknowledged)) doubt(`${host.name}: ${why}`);
  if (moment) {
    found(`Snapshot at ${moment.text}: ${host.name}/${last.id}, stored ${formatSecond(last.storedAt)}`);
  }
  const snapshot = await neededSnapshot(
    reader,
    host.name,
    { snapshot: last.id, receipt: last.commitment },
    signal,
  );
  return { ...snapshot, pinned: host.signers.length > 0 };
}

/**
 * Returns the time at which a snapshot was begun: by the host's clock, which its id contains, but never after
 * the store has received it. The store's date alone would be wrong in a copy.
 */
export function begunAt({ id, storedAt }: Pick<ChainMember, "id" | "storedAt">): Date {
  const begun = snapshotTime(id)!;
  return begun < storedAt ? begun : storedAt;
}

function isUntil(moment: Moment | undefined, snapshot: Pick<ChainMember, "id" | "storedAt">): boolean {
  return moment === undefined || begunAt(snapshot) <= moment.time;
}

/** Leaves out directories that have no receipt, or not the name of a snapshot. */
export async function* withReceipts(read: AsyncIterable<ReadDirectory>): AsyncGenerator<ReadDirectory> {
  for await (const it of read) {
    const { id, receipts } = it.directory;
    if (receipts.length > 0 && snapshotTime(id) !== undefined) yield it;
  }
}

function warningsTo(doubt: (why: string) => void): Run["report"] {
  return (event) => event.event === "warning" && doubt(event.text);
}

/** Newest, by the store's dates, of the snapshots that cannot be trusted. */
class Refused {
  readonly #all: { readonly id: string; readonly why: Failure; readonly storedAt: Date }[] = [];
  /** Error of one of them that could not be read, if there is one. */
  unreadable: StoreError | undefined;

  add({ id, receipts }: StoredDirectory, why: Failure): void {
    this.#all.push({ id, why, storedAt: receipts[0]!.storedAt });
    if (why instanceof StoreError) this.unreadable ??= why;
    if (this.#all.length > 2 * MAX_REFUSED) this.#cut();
  }

  /** Returns those that the store received after one time, and that were begun before another. */
  since(
    time: Date | undefined,
    until?: Moment,
  ): readonly { readonly id: string; readonly why: Failure }[] {
    this.#cut();
    return this.#all.filter((it) => (time === undefined || it.storedAt > time) && isUntil(until, it));
  }

  #cut(): void {
    this.#all.sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime()).splice(MAX_REFUSED);
  }
}

function ambiguous(host: Host, wanted: string): Misuse {
  return new Misuse(`Several snapshots of ${host.name} begin with "${printable(wanted)}"`, {
    hint: "Give more of the id; `nightdrop list` shows them",
  });
}

/** Returns the error for snapshots that are all damaged or forged. */
function noneTrusted(moment: Moment | undefined, { name }: Host): Damage {
  const until = moment === undefined ? "in the store" : `at or before ${moment.text}`;
  return new Damage(`There is no snapshot of ${name} ${until} that can be trusted`, {
    hint: `Run: nightdrop list ${name}`,
  });
}

function noneUntil(
  moment: Moment | undefined,
  host: Host,
  all: readonly ChainMember[],
  untrusted: number,
): Failure {
  if (untrusted > 0) return noneTrusted(moment, host);
  const [oldest] = [...all].sort((a, b) => begunAt(a).getTime() - begunAt(b).getTime());
  if (moment === undefined || oldest === undefined) return noSnapshot(host, "latest");
  return new Misuse(`There is no snapshot of ${host.name} at or before ${moment.text}`, {
    hint: `The oldest is ${host.name}/${oldest.id}, of ${formatSecond(begunAt(oldest))}`,
  });
}

function noSnapshot(host: Host, wanted: string): Misuse {
  const which = wanted === "latest" ? "no snapshot" : `no snapshot "${printable(wanted)}"`;
  return new Misuse(`There is ${which} of ${host.name} in the store`, {
    hint: `Run: nightdrop list ${host.name}`,
  });
}
