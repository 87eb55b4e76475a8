import type { Run } from "../app/events.ts";
import { Damage } from "../model/failure.ts";
import { encodePin, type PinRecord, pinRecord } from "../model/pin_record.ts";
import { closureOf } from "../snapshots/closure.ts";
import { pinsOf } from "../snapshots/pins.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { COPIES_AT_ONCE } from "./copy_object.ts";
import { PinCopies } from "./pin_copies.ts";
import type { PinStore } from "./pin_store.ts";

/** Result of a pin. */
export interface PinResult {
  readonly record: PinRecord;
  /** Number of objects that were copied. */
  readonly copied: number;
  /** Number of them that the server copied. */
  readonly byServer: number;
  /** Number of objects that were there. */
  readonly existed: number;
  /** Size in bytes of all objects of the pin. */
  readonly bytes: number;
}

/** Label of a pin, and the day after which it may be unpinned. */
export interface PinOptions {
  readonly label: string;
  readonly until: string | null;
}

/**
 * Copies everything that a restore of a snapshot reads into the store of pins, under the same names, receipts last. The
 * record of the pin comes first: if the copying is interrupted, `pin` continues, and `unpin` knows what to remove. A
 * repeated pin replaces label and day.
 *
 * @throws {Damage} if something is missing or damaged in the store of the snapshot.
 */
export async function pin(
  snapshot: Snapshot,
  from: StoreReader,
  to: PinStore,
  { label, until }: PinOptions,
  run: Run,
): Promise<PinResult> {
  const { signal } = run;
  const { objects, receipts } = await closureOf(from, snapshot, signal);
  const before = (await pinsOf(to.reader, snapshot.host, signal))
    .filter((it) => it.snapshot === snapshot.id);
  const record = pinRecord({
    host: snapshot.host,
    snapshot: snapshot.id,
    label,
    until,
    pinned: before.map(({ pinned }) => pinned).sort()[0] ?? run.now().toISOString(),
    objects: [...objects, ...receipts].map(({ name, size = 0 }) => [name, size]),
  });
  await putRecord(to, record, before, signal);
  const there = await sizesIn(to.reader, snapshot.host, signal);
  const copies = new PinCopies(from, to, there, run);
  const counts = { byServer: 0, byMachine: 0, existed: 0 };
  for await (const how of inOrder(objects, COPIES_AT_ONCE, (it) => copies.copy(it))) counts[how] += 1;
  for await (const how of inOrder(receipts, COPIES_AT_ONCE, (it) => copies.copyReceipt(it))) counts[how] += 1;
  const { byServer, byMachine, existed } = counts;
  const bytes = objects.reduce((sum, { size = 0 }) => sum + size, 0);
  return { record, copied: byServer + byMachine, byServer, existed, bytes };
}

async function putRecord(
  { writer, remover }: PinStore,
  record: PinRecord,
  before: readonly PinRecord[],
  signal: AbortSignal,
): Promise<void> {
  const { name, bytes } = encodePin(record);
  await writer.put(name, bytes, { signal }).catch((error) => {
    if (!(error instanceof StoreError && error.kind === "exists")) throw error;
  });
  const replaced = before.map((it) => encodePin(it).name).filter((it) => it !== name);
  if (replaced.length > 0) await remover.remove(replaced, { signal });
}

async function sizesIn(reader: StoreReader, host: string, signal: AbortSignal): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { name, size } of reader.list(`${host}/`, { signal, passedOver: () => {} })) {
    sizes.set(name, size);
  }
  return sizes;
}

/** Result of an unpin. */
export interface UnpinResult {
  readonly objects: number;
  readonly bytes: number;
  /** Number of objects that stay because another pin needs them. */
  readonly shared: number;
}

/**
 * Removes a pin, and the objects that no other pin needs: the receipts first, the record of the pin last. So an interrupted
 * unpin can be repeated, and leaves no snapshot that looks complete.
 */
export async function unpin(to: PinStore, record: PinRecord, signal: AbortSignal): Promise<UnpinResult> {
  const pins = await pinsOf(to.reader, record.host, signal);
  const own = pins.filter((it) => it.snapshot === record.snapshot);
  if (own.length === 0) throw new Damage(`The pin of ${record.snapshot} is gone`);
  const others = new Set(
    pins.filter((it) => it.snapshot !== record.snapshot).flatMap(({ objects }) =>
      objects.map(([name]) => name)
    ),
  );
  const sizes = await sizesIn(to.reader, record.host, signal);
  const listed = [...new Set(own.flatMap(({ objects }) => objects.map(([name]) => name)))];
  const removed = listed.filter((it) => !others.has(it) && sizes.has(it));
  const isReceipt = (name: string): boolean => name.includes("/receipt-");
  await to.remover.remove(removed.filter(isReceipt), { signal });
  await to.remover.remove(removed.filter((it) => !isReceipt(it)), { signal });
  await to.remover.remove(own.map((it) => encodePin(it).name), { signal });
  return {
    objects: removed.length,
    bytes: removed.reduce((sum, it) => sum + sizes.get(it)!, 0),
    shared: listed.filter((it) => others.has(it)).length,
  };
}
