import { Buffer } from "node:buffer";
import type { ListOptions, StoredObject, StoreReader, StoreWriter } from "../../lib/store/contract.ts";

/** An empty store. */
export interface Specimen {
  readonly writer: StoreWriter;
  readonly reader: StoreReader;
  /** Where a server lets it happen: puts other bytes over an object. */
  readonly putOver?: (name: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Likewise: deletes an object, of which older versions stay. */
  readonly hide?: (name: string) => Promise<void>;
  /** Where a list takes pages: how many objects are in one, and how many lists have been asked for so far. */
  readonly paging?: { readonly size: number; readonly requests: () => number };
}

/** Declares one test, and runs `body` in it with a new store that is closed afterwards. */
export type Adopt = (law: string, body: (store: Specimen) => Promise<void>) => void;

/** Whether they are the same bytes. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Stores an object of each name, whose content is its name. */
export async function putAll(writer: StoreWriter, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => writer.put(name, new TextEncoder().encode(name))));
}

/** What is listed. */
export function all(
  reader: StoreReader,
  prefix: string,
  options?: ListOptions,
): Promise<StoredObject[]> {
  return Array.fromAsync(reader.list(prefix, options));
}

/** The names of what is listed. */
export async function names(reader: StoreReader, prefix: string, options?: ListOptions): Promise<string[]> {
  return (await all(reader, prefix, options)).map(({ name }) => name);
}
