import { openCopier, openReader, openRemover, openWriter } from "../app/stores.ts";
import { puttingStore } from "../config/copies.ts";
import type { CopyStore, Host, Store } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { formatBytes } from "../model/format.ts";
import { storageCost } from "../provisioning/cost.ts";
import { PRICES_OF } from "../provisioning/prices.ts";
import type { PinStore } from "../provisioning/pin_store.ts";
import { environment, type Session } from "./session.ts";

/**
 * Runs `body` with the store of pins of a host, and closes it.
 *
 * @param from Store that objects are copied from, if they are.
 */
export async function withPins<T>(
  { run }: Session,
  host: Host,
  body: (pins: PinStore) => Promise<T>,
  from?: Store,
): Promise<T> {
  const copies = pinsOfHost(host);
  const putting = puttingStore(copies);
  const reader = await openReader(copies.store, environment, run);
  const writer = await openWriter(putting, environment, run);
  const remover = await openRemover(putting, environment, run);
  const copier = from && await openCopier(from, putting, environment, run);
  try {
    return await body({ reader, writer, remover, copier });
  } finally {
    for (const it of [reader, writer, remover, copier]) it?.close();
  }
}

/**
 * Returns the store of pins of a host.
 *
 * @throws {Misuse} if the config has none.
 */
export function pinsOfHost({ name, pins }: Host): CopyStore {
  if (pins !== undefined) return pins;
  throw new Misuse(`Cannot pin snapshots of ${name}: its config has no store for them`, {
    hint: 'Add a store without an expiry: pins: { store: { kind: "directory", path: "/mnt/pins" } }',
  });
}

/** Returns what stored bytes cost in a month, in words. */
export function costOf(store: Store, bytes: number): string {
  const dollars = storageCost(store, bytes);
  const size = formatBytes(bytes);
  if (dollars === undefined) return size;
  return `${size}, ${
    dollars < 0.005 ? "less than 0.01" : dollars.toFixed(2)
  } US dollars a month (${PRICES_OF})`;
}
