import assert from "node:assert/strict";
import { strangers } from "../../lib/status/strangers.ts";
import type { Host } from "../../lib/config/types.ts";
import { memoryStore } from "../support/memory_store.ts";

const ID = "20261123T050000Z-0123456789abcdef";

/** Names of the strangers among objects, and how many lists that took. */
async function found(names: readonly string[], known: readonly string[]): Promise<[string[], number]> {
  const store = memoryStore();
  for (const name of names) await store.writer.put(name, new Uint8Array(1));
  let lists = 0;
  const reader: typeof store.reader = {
    ...store.reader,
    list: (...args) => {
      lists += 1;
      return store.reader.list(...args);
    },
  };
  const hosts = known.map((name) => ({ name }) as Host);
  const all = await Array.fromAsync(strangers(hosts, reader, AbortSignal.timeout(10_000)));
  return [all.map(({ name }) => name), lists];
}

Deno.test("hosts of a store that the config does not name are found", async () => {
  const names = ["a", "b", "c"].flatMap((host) => [`${host}/${ID}/x`, `${host}/${ID}/y`]);
  assert.deepEqual((await found(names, ["a", "b", "c"]))[0], []);
  assert.deepEqual((await found(names, ["b"]))[0], ["a", "c"]);
  assert.deepEqual((await found(names, []))[0], ["a", "b", "c"]);
  assert.deepEqual((await found([], ["a"]))[0], []);
});

Deno.test("what is no host is no stranger", async () => {
  const names = ["file", "uploads/x", "uploads/2026/x", "more/2x", `b/${ID}/x`];
  assert.deepEqual((await found(names, []))[0], ["b"]);
});

Deno.test("the number of lists does not grow with the objects of a host", async () => {
  const names = Array.from({ length: 2500 }, (_, at) => `a/${ID}/${at}`);
  assert.deepEqual(await found(names, ["a"]), [[], 2]);
});

Deno.test("of any number of strangers fifty are named", async () => {
  const names = Array.from({ length: 200 }, (_, at) => `host-${at}/${ID}/x`);
  assert.equal((await found(names, []))[0].length, 50);
});
