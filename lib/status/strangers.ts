import type { Run } from "../app/events.ts";
import { storeOf } from "../app/stores.ts";
import type { Host } from "../config/types.ts";
import { Failure, withHint } from "../model/failure.ts";
import { storedHosts } from "../snapshots/stored_hosts.ts";
import type { StoreReader } from "../store/contract.ts";

/** Host with snapshots in a store that the config does not name. */
export interface Stranger {
  /**
   * Name in the store. An intruder who can put objects there can choose it: escape it when it is printed.
   */
  readonly name: string;
  /** Location of the store, for messages. */
  readonly place: string;
}

/**
 * Maximum number of strangers of one store that are named. An intruder who can put objects can create any
 * number.
 */
const MAX_STRANGERS = 50;

/**
 * Finds the hosts in the stores of `hosts` that the config does not name. If a store shows only the objects
 * of its own host, as to a reader of one prefix, this is reported, and the others are searched.
 *
 * @param failed Names of hosts whose stores could not be read, which was reported.
 * @param withReader Runs its second argument with a reader of the host's store.
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
        for await (const stranger of strangers(together, reader, run)) found.push(stranger);
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

/**
 * Finds hosts with snapshots in a store that are not in `known`: one request for a thousand hosts, and one
 * for each other name.
 */
export async function* strangers(
  known: readonly Host[],
  reader: StoreReader,
  { report, signal }: Pick<Run, "report" | "signal">,
): AsyncGenerator<Stranger> {
  const names = new Set(known.map(({ name }) => name));
  let found = 0;
  const more = (): void =>
    report({
      event: "warning",
      text:
        `${reader.place} has thousands of directories that are no hosts of the config, and not all are looked at`,
    });
  for await (const name of storedHosts(reader, (it) => !names.has(it), more, signal)) {
    yield { name, place: reader.place };
    if (++found === MAX_STRANGERS) return;
  }
}
