/** The owner's cache of objects: it never gives other bytes than those that are stored. */
import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { sha256 } from "../../lib/model/digest.ts";
import { indexPartName, receiptName, volumePartName } from "../../lib/model/name.ts";
import { cachingReader, type Remembered } from "../../lib/store/cache/caching_reader.ts";
import { RefusalMemory } from "../../lib/store/cache/refusal_memory.ts";
import { ReceiptMemory } from "../../lib/store/cache/receipt_memory.ts";
import { ObjectCache } from "../../lib/store/cache/object_cache.ts";
import { preparePrivateDirectory } from "../../lib/disk/private_directory.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import { withDirectory } from "../support/directory.ts";
import { memoryStore } from "../support/memory_store.ts";

const bytes = new TextEncoder().encode("sealed");
const digest = sha256(bytes);
const NAMES = {
  receipt: `h/s/${receiptName(digest)}`,
  index: `h/s/${indexPartName(0, digest, "zstd")}`,
  volume: `h/s/${volumePartName(1, 0, digest, "zstd")}`,
};

function remembered(directory: string): Remembered {
  return {
    objects: new ObjectCache(directory, 1e9),
    known: new ReceiptMemory(directory, "nightdrop/1"),
    refusals: new RefusalMemory(directory, "store and host"),
  };
}

/** A store with one object under each name, a cached reader of it, and the names that the store was asked for. */
async function withCached(
  body: (it: { reader: StoreReader; asked: string[]; cached: string; directory: string }) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const store = memoryStore();
    for (const name of Object.values(NAMES)) await store.writer.put(name, bytes);
    const asked: string[] = [];
    const counting: StoreReader = {
      ...store.reader,
      get: (name, options) => {
        asked.push(name);
        return store.reader.get(name, options);
      },
    };
    const reader = cachingReader(counting, remembered(directory));
    await body({ reader, asked, cached: `${directory}/objects/${digest.slice(0, 2)}/${digest}`, directory });
  });
}

const whole = { maxBytes: 1000 };

Deno.test("receipts and parts of indexes are fetched once, and volumes each time", () =>
  withCached(async ({ reader, asked, cached }) => {
    for (let round = 0; round < 2; round++) {
      for (const name of Object.values(NAMES)) assert.deepEqual(await reader.get(name, whole), bytes);
    }
    assert.deepEqual(asked, [NAMES.receipt, NAMES.volume, NAMES.volume]);
    assert.deepEqual(Deno.readFileSync(cached), bytes);
    assert.equal(Deno.statSync(cached).mode! & 0o777, 0o600);
  }));

const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  "changed": (path) => Deno.writeFileSync(path, bytes.toReversed()),
  "truncated": (path) => Deno.truncateSync(path, 3),
  "emptied": (path) => Deno.truncateSync(path, 0),
  "extended": (path) => Deno.writeFileSync(path, bytes, { append: true }),
  "larger than the caller takes": (path) => Deno.truncateSync(path, 1001),
  "removed": (path) => Deno.removeSync(path),
  "replaced by a directory": (path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  },
  "replaced by a link": (path) => {
    Deno.renameSync(path, `${path}.other`);
    Deno.symlinkSync(`${path}.other`, path);
  },
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  Deno.test(`a cached file that was ${what} is fetched again`, () =>
    withCached(async ({ reader, asked, cached }) => {
      await reader.get(NAMES.receipt, whole);
      damage(cached);
      assert.deepEqual(await reader.get(NAMES.receipt, whole), bytes);
      assert.deepEqual(asked, [NAMES.receipt, NAMES.receipt]);
    }));
}

Deno.test("bytes that their name does not name are given and not cached", () =>
  withDirectory(async (directory) => {
    const store = memoryStore();
    const name = `h/s/${receiptName("ab".repeat(32))}`;
    await store.writer.put(name, bytes);
    const reader = cachingReader(store.reader, remembered(directory));
    assert.deepEqual(await reader.get(name, whole), bytes);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));

Deno.test("the cache does not hide that an object is missing: lists are those of the store", () =>
  withDirectory(async (directory) => {
    const store = memoryStore();
    await store.writer.put(NAMES.receipt, bytes);
    const reader = cachingReader(store.reader, remembered(directory));
    await reader.get(NAMES.receipt, whole);
    store.objects.clear();
    assert.deepEqual(await Array.fromAsync(reader.list("h/")), []);
  }));

Deno.test("a cache that cannot be written is no error", () =>
  withDirectory(async (directory) => {
    const store = memoryStore();
    await store.writer.put(NAMES.receipt, bytes);
    Deno.writeTextFileSync(`${directory}/file`, "");
    const reader = cachingReader(store.reader, remembered(`${directory}/file`));
    assert.deepEqual(await reader.get(NAMES.receipt, whole), bytes);
    reader.close();
  }));

/** Adds objects of 1,000 bytes. */
function fill(cache: ObjectCache, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => {
    const object = new Uint8Array(1000).fill(1);
    new DataView(object.buffer).setUint32(0, from + at);
    const name = sha256(object);
    cache.add(name, object);
    return name;
  });
}

Deno.test("the size of the cache is limited, and the least recently used objects are removed", () =>
  withDirectory((directory) => {
    const cache = new ObjectCache(directory, 100_000);
    const old = fill(cache, 60);
    const used = old[7]!;
    const before = new Date(Date.now() - 5 * DAY_MS);
    for (const name of old) {
      Deno.utimeSync(`${directory}/objects/${name.slice(0, 2)}/${name}`, before, before);
    }
    assert.notEqual(cache.load(used, 1000), undefined);
    const fresh = fill(cache, 60, 60);
    cache.settle();
    const left = (names: string[]): number => names.filter((it) => cache.load(it, 1000) !== undefined).length;
    assert.equal(left(fresh), 60);
    assert.equal(left([used]), 1);
    assert.ok(left(old) <= 40 && left(old) > 10, String(left(old)));
  }));

Deno.test("several processes that each add little stay below the bound together", () =>
  withDirectory((directory) => {
    for (let round = 0; round < 50; round++) {
      const cache = new ObjectCache(directory, 100_000);
      fill(cache, 5, round * 5);
      cache.settle();
    }
    let size = 0;
    for (const { name } of Deno.readDirSync(`${directory}/objects`)) {
      for (const _ of Deno.readDirSync(`${directory}/objects/${name}`)) size += 1000;
    }
    assert.ok(size <= 100_000 && size > 50_000, String(size));
  }));

Deno.test("a directory that other users can write to is not used", () =>
  withDirectory((directory) => {
    const path = `${directory}/a/b`;
    assert.equal(preparePrivateDirectory(path), true);
    assert.deepEqual(
      [directory + "/a", path].map((it) => Deno.statSync(it).mode! & 0o777),
      [0o700, 0o700],
    );
    for (const shared of [path, `${directory}/a`]) {
      Deno.chmodSync(shared, 0o777);
      assert.equal(preparePrivateDirectory(path), false, shared);
      Deno.chmodSync(shared, 0o700);
    }
    Deno.writeTextFileSync(`${directory}/file`, "");
    assert.equal(preparePrivateDirectory(`${directory}/file`), false);
    assert.equal(preparePrivateDirectory(`${directory}/file/below`), false);
  }));
