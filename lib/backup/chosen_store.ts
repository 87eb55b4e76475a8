import type { NamedStore } from "../catalog/store_state.ts";
import type { Run } from "../app/events.ts";
import { Damage, Failure, Misuse } from "../model/failure.ts";
import type { Receipt } from "../model/receipt.ts";
import type { StoreWriter } from "../store/contract.ts";
import type { StoreMarker } from "../store/contract.ts";
import type { Holdings } from "./holdings.ts";

/** Store with its identity. */
export type IdentifiedStore = Pick<StoreWriter, "place" | "identity">;

/**
 * Returns the identity of the store that a run writes to. A directory without any backups gets its marker.
 *
 * @param known Stores that the host has used.
 * @param newStore Whether to begin a new store, even if there is one.
 * @throws {Failure} if the directory has no marker although this host has backed up there.
 */
export async function identify(
  store: IdentifiedStore,
  known: readonly NamedStore[],
  newStore: boolean,
  run: Run,
): Promise<string> {
  const { place, identity: marker } = store;
  const found = await recognise(store, known, newStore);
  const identity = found ?? (typeof marker === "string" ? marker : await marker.begin(newStore));
  if (typeof marker === "string" || known.length === 0) return identity;
  if (known.some((it) => it.identity === identity)) return identity;
  const what = found === undefined
    ? `A new store begins in "${place}"`
    : `"${place}" holds a store that this host has not used before`;
  run.report({ event: "note", text: `${what}: everything is sent to it` });
  return identity;
}

/**
 * Returns the identity of a store without changing anything; undefined for a directory in which a backup
 * would begin a store.
 *
 * @throws {Failure} if the directory has no marker although this host has backed up there.
 * @throws {Misuse} if `newStore` is set for a bucket.
 */
export async function recognise(
  { place, identity }: IdentifiedStore,
  known: readonly NamedStore[],
  newStore: boolean,
): Promise<string | undefined> {
  if (typeof identity === "string") return newStore ? refuseNewBucket(place) : identity;
  if (newStore) return undefined;
  const found = await identity.read();
  if (found !== undefined || !known.some((it) => it.place === place)) return found;
  throw new Failure(
    `Cannot back up to "${place}": its marker .nightdrop-store is missing, although this host has backed up there`,
    {
      hint:
        "Mount its disk. If the store is gone for good, begin a new one there: nightdrop backup --new-store",
    },
  );
}

/**
 * Checks that a directory is still the same store and contains everything that the receipt of a snapshot will
 * refer to: during the run, its disk may have been replaced, and files removed.
 *
 * @throws {Failure} if the check fails.
 */
export async function checkBeforeReceipt(
  marker: StoreMarker,
  { place, identity }: NamedStore,
  holdings: Holdings,
  receipt: Receipt,
): Promise<void> {
  if (await marker.read() !== identity) {
    throw new Failure(
      `Cannot end the backup to "${place}": another disk was mounted there, or none, during the run`,
      {
        hint: "Mount the disk of the store, and run backup again",
      },
    );
  }
  try {
    await holdings.checkOwn(receipt);
    await holdings.check(receipt);
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    throw new Failure(`Cannot end the backup to "${place}": ${error.message}`, {
      hint: "Find out what removed it during the run, and run backup again",
      cause: error,
    });
  }
}

function refuseNewBucket(place: string): never {
  throw new Misuse(`--new-store is for stores in directories, and the store is ${place}`, {
    hint:
      "Set store.vault of a bucket that was created again to another identity, or run: nightdrop backup --full",
  });
}
