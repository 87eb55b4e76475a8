/** A store in memory, held to the same laws as the others, whose objects a test can look at and tamper with. */
import {
  type StoredObject,
  StoreError,
  type StoreReader,
  type StoreRemover,
  type StoreWriter,
} from "../../lib/store/contract.ts";
import { checkName, isName } from "../../lib/store/name.ts";
import { sha256 as digestOf } from "../../lib/model/digest.ts";
import { compareUtf8 } from "../../lib/model/utf8_order.ts";

export interface MemoryObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly storedAt: Date;
}

export interface MemoryStore {
  readonly objects: Map<string, MemoryObject>;
  readonly writer: StoreWriter;
  readonly reader: StoreReader;
  readonly remover: StoreRemover;
  /** After how many days it is said to remove objects. */
  expiry: number;
}

export function memoryStore(now: () => Date = () => new Date()): MemoryStore {
  const objects = new Map<string, MemoryObject>();
  const store: MemoryStore = {
    objects,
    writer: memoryWriter(objects, now),
    reader: memoryReader(objects, () => store.expiry),
    remover: memoryRemover(objects),
    expiry: Infinity,
  };
  return store;
}

function memoryWriter(objects: Map<string, MemoryObject>, now: () => Date): StoreWriter {
  return {
    place: "memory",
    identity: "memory",
    async put(name, bytes, { signal, sha256 } = {}): Promise<Date | undefined> {
      checkName(name);
      if (sha256 !== undefined && sha256 !== digestOf(bytes)) {
        throw new StoreError("corrupted", "memory: the bytes have another SHA-256");
      }
      await step(signal);
      if (objects.has(name)) {
        throw new StoreError("exists", "memory: an object of that name is already stored");
      }
      const storedAt = now();
      objects.set(name, { bytes: bytes.slice(), storedAt });
      return storedAt;
    },
    close(): void {},
  };
}

function memoryRemover(objects: Map<string, MemoryObject>): StoreRemover {
  return {
    place: "memory",
    async remove(names, { signal } = {}): Promise<void> {
      for (const name of names) {
        checkName(name);
        await step(signal);
        objects.delete(name);
      }
    },
    close(): void {},
  };
}

function memoryReader(objects: Map<string, MemoryObject>, expiry: () => number): StoreReader {
  return {
    place: "memory",
    async *list(prefix, { after, signal } = {}): AsyncGenerator<StoredObject> {
      await step(signal);
      for (const name of [...objects.keys()].filter(isName).sort(compareUtf8)) {
        signal?.throwIfAborted();
        const object = objects.get(name);
        if (object === undefined || !name.startsWith(prefix)) continue;
        if (after !== undefined && compareUtf8(name, after) <= 0) continue;
        yield { name, size: object.bytes.length, storedAt: object.storedAt };
      }
    },
    async *directories({ signal } = {}): AsyncGenerator<string> {
      await step(signal);
      const names = [...objects.keys()].filter((name) => isName(name) && name.includes("/"));
      yield* new Set(names.map((name) => name.slice(0, name.indexOf("/"))));
    },
    async get(name, { maxBytes, signal }): Promise<Uint8Array<ArrayBuffer>> {
      checkName(name);
      await step(signal);
      const object = objects.get(name);
      if (object === undefined) throw new StoreError("missing", "memory: there is no such object");
      if (object.bytes.length > maxBytes) throw new StoreError("oversized", "memory: an object is too large");
      return object.bytes.slice();
    },
    expiry: () => Promise.resolve(expiry()),
    close(): void {},
  };
}

/** Gives others a turn, as every real store does. */
async function step(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await Promise.resolve();
  signal?.throwIfAborted();
}
