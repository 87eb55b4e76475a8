import { parseObjectName } from "../../model/name.ts";
import type { Abortable, GetOptions, ListOptions, StoredObject, StoreReader } from "../contract.ts";
import type { ObjectCache } from "./object_cache.ts";
import type { SignatureMemory } from "./signature_memory.ts";

/**
 * Makes a reader that fetches receipts and parts of indexes once, and takes them from a cache afterwards. Volumes are not
 * cached. Lists are those of the store: they show that an object is missing there, or has another size. That the store has
 * other bytes of the same size shows only without this reader.
 *
 * @param signatures Receipts whose signatures are not verified again.
 */
export function cachingReader(
  reader: StoreReader,
  cache: ObjectCache,
  signatures: SignatureMemory,
): StoreReader {
  return new CachingReader(reader, cache, signatures);
}

class CachingReader implements StoreReader {
  readonly place: string;
  readonly signatures: SignatureMemory;
  readonly #reader: StoreReader;
  readonly #cache: ObjectCache;

  constructor(reader: StoreReader, cache: ObjectCache, signatures: SignatureMemory) {
    this.signatures = signatures;
    this.place = reader.place;
    this.#reader = reader;
    this.#cache = cache;
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject> {
    return this.#reader.list(prefix, options);
  }

  async get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    const digest = cachedDigest(name);
    if (digest === undefined) return await this.#reader.get(name, options);
    options.signal?.throwIfAborted();
    const known = this.#cache.load(digest, options.maxBytes);
    if (known !== undefined) return known;
    const bytes = await this.#reader.get(name, options);
    this.#cache.add(digest, bytes);
    return bytes;
  }

  directories(options?: Abortable): AsyncIterable<string> {
    return this.#reader.directories(options);
  }

  expiry(options?: Abortable): Promise<number> {
    return this.#reader.expiry(options);
  }

  close(): void {
    this.#cache.settle();
    this.signatures.settle();
    this.#reader.close();
  }
}

/** Returns the SHA-256 in the name of a receipt or part of an index; undefined for another object. */
function cachedDigest(name: string): string | undefined {
  const object = parseObjectName(name.slice(name.lastIndexOf("/") + 1));
  return object === undefined || object.kind === "volume" ? undefined : object.sha256;
}
