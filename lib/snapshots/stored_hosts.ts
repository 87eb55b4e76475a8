import { snapshotTime } from "../model/snapshot.ts";
import type { StoreReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";

/** Start of every snapshot id: the year, until 2999. */
const MILLENNIUM = "2";

/** Names that are looked at. Anyone who can put objects can make any number, and each costs a request. */
const MAX_NAMES = 10_000;

/** Names that are looked at at the same time. */
const AT_ONCE = 16;

/**
 * Yields the first components of names in a store that have a directory named like a snapshot: one request for a thousand names,
 * and one for each.
 *
 * @param isWanted Returns whether to look at a name.
 * @param onMore Called if there are more names than are looked at.
 */
export async function* storedHosts(
  reader: StoreReader,
  isWanted: (name: string) => boolean,
  onMore: () => void,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const wanted = async function* (): AsyncGenerator<string> {
    let count = 0;
    for await (const name of reader.directories({ signal })) {
      if (!isWanted(name)) continue;
      if (count === MAX_NAMES) return onMore();
      count += 1;
      yield name;
    }
  };
  const look = async (name: string): Promise<string | undefined> =>
    await hasSnapshot(name, reader, signal) ? name : undefined;
  for await (const name of inOrder(wanted(), AT_ONCE, look)) if (name !== undefined) yield name;
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
