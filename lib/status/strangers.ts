import type { Run } from "../app/events.ts";
import { storeOf } from "../app/stores.ts";
import type { Host } from "../config/types.ts";
import { Failure, withHint } from "../model/failure.ts";
import { snapshotTime } from "../model/snapshot.ts";
import type { StoreReader } from "../store/contract.ts";

/** A host with snapshots in a store that the config does not name. */
export interface Stranger {
  /** Its name in the store. Anyone who can put objects there can make one: escape it where it is printed. */
  readonly name: string;
  /** The store, for people. */
  readonly place: string;
}

/** Strangers of one store that are named. Anyone who can put objects can make any number. */
const MAX_STRANGERS = 50;

/** Begin of every snapshot id: the year, until 2999. */
const MILLENNIUM = "2";

/**
 * Finds the hosts that the stores of `hosts` hold and the config does not name. A store that only shows the objects of its own
 * host, as to a reader of one prefix, is reported, and the others are looked at.
 *
 * @param failed names of hosts whose stores could not be read, which was reported.
 * @param withReader opens the store of a host for as long as its second argument takes.
 */
export async function strangersOf(
  hosts: Iterable<Host>,
  failed: ReadonlySet<string>,
  withReader: <T>(host: Host, body: (reader: StoreReader) => Promise<T>) => Promise<T>,
  run: Run,
): Promise<Stranger[]> {
  const found: Stranger[] = [];
  for (const together of Map.groupBy(hosts, ({ store }) => storeOf(store).place).values()) {
    const readable = together.find(({ name }) => !failed.has(name));
    if (readable === undefined) continue;
    try {
      await withReader(readable, async (reader) => {
        for await (const stranger of strangers(together, reader, run.signal)) found.push(stranger);
      });
    } catch (error) {
      if (run.signal.aborted || !(error instanceof Failure)) throw error;
      run.report({
        event: "warning",
        text: `Cannot look for hosts that the config does not name: ${withHint(error)}`,
      });
    }
  }
  return found;
}

/** Finds hosts with snapshots in a store that are none of `known`: one request for a thousand hosts, and one for each other name. */
export async function* strangers(
  known: readonly Host[],
  reader: StoreReader,
  signal: AbortSignal,
): AsyncGenerator<Stranger> {
  const names = new Set(known.map(({ name }) => name));
  let found = 0;
  for await (const name of reader.directories({ signal })) {
    if (names.has(name) || !await hasSnapshot(name, reader, signal)) continue;
    yield { name, place: reader.place };
    if (++found === MAX_STRANGERS) return;
  }
}

async function hasSnapshot(host: string, reader: StoreReader, signal: AbortSignal): Promise<boolean> {
  for await (const { name } of reader.list(`${host}/${MILLENNIUM}`, { signal, passedOver: () => {} })) {
    return snapshotTime(name.split("/")[1] ?? "") !== undefined;
  }
  return false;
}
