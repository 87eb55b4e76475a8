import assert from "node:assert/strict";
import type { Run } from "../../lib/app/events.ts";
import { strangers, strangersOf } from "../../lib/status/strangers.ts";
import { hostsOfStore } from "../../lib/snapshots/hosts_of_store.ts";
import { type StoredObject, StoreError, type StoreReader } from "../../lib/store/contract.ts";
import type { Host, Store } from "../../lib/config/types.ts";
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
    directories: (...args) => {
      lists += 1;
      return store.reader.directories(...args);
    },
  };
  const hosts = known.map((name) => ({ name }) as Host);
  const signal = AbortSignal.timeout(10_000);
  const all = await Array.fromAsync(strangers(hosts, reader, { report: () => {}, signal }));
  return [all.map(({ name }) => name), lists];
}

Deno.test("hosts of a store that the config does not name are found", async () => {
  const names = ["a", "b", "c"].flatMap((host) => [`${host}/${ID}/x`, `${host}/${ID}/y`]);
  assert.deepEqual((await found(names, ["a", "b", "c"]))[0], []);
  assert.deepEqual((await found(names, ["b"]))[0], ["a", "c"]);
  assert.deepEqual((await found(names, []))[0], ["a", "b", "c"]);
  assert.deepEqual((await found([], ["a"]))[0], []);
});

Deno.test("a directory that is not a host's is not a stranger", async () => {
  const names = ["file", "uploads/x", "uploads/2026/x", "more/2x", `b/${ID}/x`];
  assert.deepEqual((await found(names, []))[0], ["b"]);
});

Deno.test("hosts of the config and their objects take no further request", async () => {
  const names = Array.from({ length: 2500 }, (_, at) => `host-${at % 50}/${ID}/${at}`);
  assert.deepEqual(await found(names, Array.from({ length: 50 }, (_, at) => `host-${at}`)), [[], 1]);
});

Deno.test("of the directories that an intruder has made, ten thousand are looked at, and a host is read by its name", async () => {
  let lists = 0;
  const reader: StoreReader = {
    ...memoryStore().reader,
    async *list(prefix): AsyncGenerator<StoredObject> {
      lists += 1;
      if (prefix.startsWith("web1/")) yield { name: `web1/${ID}/x`, size: 1, storedAt: new Date() };
    },
    async *directories(): AsyncGenerator<string> {
      for (let at = 0; at < 20_000; at += 1) yield `junk-${at}`;
      yield "web1";
    },
  };
  const warnings: string[] = [];
  const run: Run = {
    report: (event) => void (event.event === "warning" && warnings.push(event.text)),
    signal: AbortSignal.timeout(60_000),
    now: () => new Date(),
  };
  assert.deepEqual(await Array.fromAsync(strangers([], reader, run)), []);
  assert.equal(lists, 10_000);
  assert.match(warnings[0]!, /thousands of directories.*not all are looked at/);

  const store: Store = { kind: "directory", path: "/" };
  await assert.rejects(hostsOfStore({ store }, reader, run), /Cannot find snapshots/);
  assert.match(warnings[1]!, /not all are read. Name the host: --host NAME/);
  assert.deepEqual([...(await hostsOfStore({ store, host: "web1" }, reader, run)).keys()], ["web1"]);
});

Deno.test("at most fifty strangers are named", async () => {
  const names = Array.from({ length: 200 }, (_, at) => `host-${at}/${ID}/x`);
  assert.equal((await found(names, []))[0].length, 50);
});

Deno.test("a store that shows a host its own objects alone is a warning, and the other stores are looked at", async () => {
  const store = memoryStore();
  for (const name of ["a", "b", "old"]) await store.writer.put(`${name}/${ID}/x`, new Uint8Array(1));
  const closed: StoreReader = {
    ...store.reader,
    directories: () => {
      throw new StoreError("denied", "s3://a: these credentials are not allowed to list");
    },
  };
  const hosts = ["a", "b", "gone"].map((name) =>
    ({ name, store: { kind: "directory", path: `/${name === "a" ? "a" : "shared"}` } }) as Host
  );
  const warnings: string[] = [];
  const run: Run = {
    report: (event) => void (event.event === "warning" && warnings.push(event.text)),
    signal: AbortSignal.timeout(10_000),
    now: () => new Date(),
  };
  const found = await strangersOf(
    hosts,
    new Set(["gone"]),
    (host, body) => body(host.name === "a" ? closed : store.reader),
    run,
  );
  assert.deepEqual(
    found.map(({ name }) => name),
    ["a", "old"],
    "of the shared store, in which gone is known",
  );
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^Cannot look for hosts .*: s3:\/\/a: these credentials/);
});
