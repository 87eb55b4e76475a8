import type { Host } from "../config/types.ts";
import { preparePrivateDirectory } from "../disk/private_directory.ts";
import { Failure } from "../model/failure.ts";
import { cachingReader } from "../store/cache/caching_reader.ts";
import { ObjectCache } from "../store/cache/object_cache.ts";
import { RememberingReader } from "../store/cache/remembering_reader.ts";
import { RefusalMemory } from "../store/cache/refusal_memory.ts";
import { ReceiptMemory } from "../store/cache/receipt_memory.ts";
import { directoryIdentity } from "../store/identity.ts";
import { PROGRAM } from "./program.ts";
import { storeOf, type StoreReader } from "./stores.ts";

/** Bytes that the cache may hold: for indexes, and for the receipts and the listing of each host. */
const [BASE_BYTES, HOST_BYTES] = [1024 ** 3, 2 * 1024 ** 2];

/** Cache of stores on the owner's machine: receipts and indexes as they are stored, listings, which receipts were verified, and which were refused. It is safe to delete. */
export class OwnerCache {
  readonly #directory: string;
  readonly #objects: ObjectCache;

  private constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#objects = new ObjectCache(directory, maxBytes);
  }

  /**
   * Returns the cache in a directory; undefined if this process may not write there, or other users may.
   *
   * @param hosts Number of hosts whose receipts it must hold.
   */
  static open(directory: string, hosts: number): OwnerCache | undefined {
    const maxBytes = BASE_BYTES + hosts * HOST_BYTES;
    return preparePrivateDirectory(directory) ? new OwnerCache(directory, maxBytes) : undefined;
  }

  /**
   * Returns a reader that fetches receipts and indexes of a host only once, and verifies them only once.
   *
   * @param whole With `false`, everything is fetched and verified each time, except receipts that were refused.
   */
  caching(reader: StoreReader, host: string, whole = true): StoreReader {
    const refusals = new RefusalMemory(this.#directory, JSON.stringify([reader.place, host]));
    if (!whole) return cachingReader(reader, { refusals });
    const known = new ReceiptMemory(this.#directory, PROGRAM);
    return cachingReader(reader, { refusals, known, objects: this.#objects });
  }

  /** Returns a reader that remembers what it listed of a host; undefined if the identity of the store is not known. */
  async remembering(
    reader: StoreReader,
    { name, store }: Pick<Host, "name" | "store">,
    now: () => Date,
  ): Promise<RememberingReader | undefined> {
    const identity = await identityOf(store);
    if (identity === undefined) return undefined;
    const key = { store: identity, host: name };
    return new RememberingReader(reader, { directory: this.#directory, key, now });
  }
}

async function identityOf(store: Host["store"]): Promise<string | undefined> {
  const { identity } = storeOf(store);
  if (typeof identity === "string") return identity;
  try {
    const id = await identity.read();
    return id === undefined ? undefined : directoryIdentity(id);
  } catch (error) {
    if (error instanceof Failure) return undefined; // reading the store reports it
    throw error;
  }
}
