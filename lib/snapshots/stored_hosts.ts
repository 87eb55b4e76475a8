import { isHostName } from "../model/name.ts";
import { snapshotTime } from "../model/snapshot.ts";
import type { StoreReader } from "../store/contract.ts";

/** Start of every snapshot id: the year, until 2999. */
const MILLENNIUM = "2";

/** Yields the names of the hosts that have snapshots in a store: one request for a thousand names, and one for each name. */
export async function* storedHosts(reader: StoreReader, signal: AbortSignal): AsyncGenerator<string> {
  for await (const name of reader.directories({ signal })) {
    if (isHostName(name) && await hasSnapshot(name, reader, signal)) yield name;
  }
}

/** Returns whether a directory of the store has one that is named like a snapshot. */
export async function hasSnapshot(
  host: string,
  reader: Pick<StoreReader, "list">,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const { name } of reader.list(`${host}/${MILLENNIUM}`, { signal, passedOver: () => {} })) {
    return snapshotTime(name.split("/")[1] ?? "") !== undefined;
  }
  return false;
}
