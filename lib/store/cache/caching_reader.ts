import { parseObjectName } from "../../model/name.ts";
import type { Abortable, GetOptions, ListOptions, StoredObject, StoreReader } from "../contract.ts";
import type { ObjectCache } from "./object_cache.ts";
import type { RefusalMemory } from "./refusal_memory.ts";
import type { ReceiptMemory } from "./receipt_memory.ts";

/** Memory of a store and a host on the owner's machine. */
export interface Remembered {
  /** Receipts that are not fetched again if they were refused. */
  readonly refusals: RefusalMemory;
  /** Receipts and parts of indexes that are not fetched again; undefined to fetch each. */
  readonly objects?: ObjectCache | undefined;
  /** Receipts that are not verified again; undefined to verify each. */
  readonly known?: ReceiptMemory | undefined;
}

/**
 * Makes a reader that fetches receipts and parts of indexes once, and takes them from a cache afterwards. Volumes are not
 * cached. Lists are those of the store: they show that an object is missing there, or has another size. That the store has
 * other bytes of the same size shows only without this reader.
 */
export function cachingReader(reader: StoreReader, remembered: Remembered): StoreReader {
  return new CachingReader(reader, remembered);
}

class CachingReader implements StoreReader {
  readonly place: string;
  readonly #reader: StoreReader;
  readonly #remembered: Remembered;

  constructor(reader: StoreReader, remembered: Remembered) {
    this.place = reader.place;
    this.#reader = reader;
    this.#remembered = remembered;
  }

  get known(): ReceiptMemory | undefined {
    return this.#remembered.known;
  }

  get refusals(): RefusalMemory {
    return this.#remembered.refusals;
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject> {
    return this.#reader.list(prefix, options);
  }

  async get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { objects, refusals } = this.#remembered;
    const digest = cachedDigest(name);
    if (objects === undefined || digest === undefined) return await this.#reader.get(name, options);
    options.signal?.throwIfAborted();
    const known = objects.load(digest, options.maxBytes);
    if (known !== undefined) return known;
    const bytes = await this.#reader.get(name, options);
    if (!refusals.isFlood) objects.add(digest, bytes);
    return bytes;
  }

  directories(options?: Abortable): AsyncIterable<string> {
    return this.#reader.directories(options);
  }

  expiry(options?: Abortable): Promise<number> {
    return this.#reader.expiry(options);
  }

  close(): void {
    const { objects, known, refusals } = this.#remembered;
    objects?.settle();
    known?.settle();
    refusals.settle();
    this.#reader.close();
  }
}

/** Returns the SHA-256 in the name of a receipt or part of an index; undefined for another object. */
function cachedDigest(name: string): string | undefined {
  const object = parseObjectName(name.slice(name.lastIndexOf("/") + 1));
  return object === undefined || object.kind === "volume" ? undefined : object.sha256;
}
