import type { Run } from "../app/events.ts";
import { type Environment, openReader, type StoreReader } from "../app/stores.ts";
import type { Host, Store } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { parseObjectName } from "../model/name.ts";
import { fallbackReader } from "../store/fallback_reader.ts";
import { datedReader } from "./mirror_dates.ts";

/** Store with copies, and the keys that sign the dates of the original. */
interface Copy {
  readonly store: Store;
  readonly signers: readonly string[];
}

/**
 * Returns a reader of a host's store that takes what is missing or damaged there from the mirrors of the host and from its
 * store of pins. One of them that cannot be opened is a warning.
 */
export async function withCopies(
  reader: StoreReader,
  host: Host,
  env: Environment,
  run: Run,
): Promise<StoreReader> {
  const copies: Copy[] = [
    ...host.mirrors,
    ...(host.pins === undefined ? [] : [{ ...host.pins, signers: [] }]),
  ];
  const warn = (text: string): void => run.report({ event: "warning", text });
  const others: StoreReader[] = [];
  for (const { store, signers } of copies) {
    try {
      others.push(datedReader(await openReader(store, env, run), signers, warn));
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      warn(`Copies cannot be read: ${error.message}`);
    }
  }
  if (others.length === 0) return reader;
  return fallbackReader(reader, others, digestOf, warn);
}

/** Returns the SHA-256 in the name of an object. */
function digestOf(name: string): string | undefined {
  return parseObjectName(name.slice(name.lastIndexOf("/") + 1))?.sha256;
}
