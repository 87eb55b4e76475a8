import { storeOf } from "../app/stores.ts";
import type { Host } from "../config/types.ts";
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

/** Behind everything below a directory: no name has a larger character. */
const LAST = "\u{10ffff}";

/** Begin of every snapshot id: the year, until 2999. */
const MILLENNIUM = "2";

/** Returns the hosts of the config by the store that they share. */
export function byStore(hosts: Iterable<Host>): Host[][] {
  const groups = Map.groupBy(hosts, ({ store }) => storeOf(store).place);
  return [...groups.values()];
}

/** Finds hosts with snapshots in a store that are none of `known`: one request for each directory of the store, and one more. */
export async function* strangers(
  known: readonly Host[],
  reader: StoreReader,
  signal: AbortSignal,
): AsyncGenerator<Stranger> {
  const names = new Set(known.map(({ name }) => name));
  let found = 0;
  for await (const name of topDirectories(reader, signal)) {
    if (names.has(name) || !await hasSnapshot(name, reader, signal)) continue;
    yield { name, place: reader.place };
    if (++found === MAX_STRANGERS) return;
  }
}

async function* topDirectories(reader: StoreReader, signal: AbortSignal): AsyncGenerator<string> {
  let after: string | undefined;
  for (;;) {
    const first = await firstObject(reader, "", after, signal);
    if (first === undefined) return;
    const slash = first.indexOf("/");
    if (slash > 0) yield first.slice(0, slash);
    after = slash > 0 ? `${first.slice(0, slash)}/${LAST}` : first;
  }
}

async function hasSnapshot(name: string, reader: StoreReader, signal: AbortSignal): Promise<boolean> {
  const first = await firstObject(reader, `${name}/${MILLENNIUM}`, undefined, signal);
  return first !== undefined && snapshotTime(first.split("/")[1] ?? "") !== undefined;
}

async function firstObject(
  reader: StoreReader,
  prefix: string,
  after: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  for await (const { name } of reader.list(prefix, { signal, after, passedOver: () => {} })) return name;
  return undefined;
}
