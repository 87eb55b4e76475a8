import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import type { Host } from "../../lib/config/types.ts";
import { type HostStatus, status, worstFirst } from "../../lib/status/status.ts";
import { StoreError, type StoreReader } from "../../lib/store/contract.ts";
import { directory, file } from "../source/tree.ts";
import { type Life, withLife } from "../support/life.ts";
import { named, NO_RECORDS } from "./nights.ts";

const TREE = directory({ a: file("one"), b: file("two") });

/** Status of one host, as far as the reader gives it. */
async function look(life: Life, reader: StoreReader = life.store.reader): Promise<HostStatus> {
  const [it] = await Array.fromAsync(status([life.host], (_, body) => body(reader), NO_RECORDS, life.run));
  return it!;
}

function rules(it: HostStatus): string[] {
  return it.state === "unknown" ? [it.error] : named(it.alerts).filter((name) => name !== "signer: warning");
}

Deno.test("a host is good until its next snapshot is late", () =>
  withLife(TREE, async (life) => {
    assert.deepEqual(rules(await look(life)), ["integrity: critical", "age: critical"]);
    for (let day = 0; day < 3; day++) {
      await life.backup();
      assert.deepEqual(rules(await look(life)), []);
      life.now += DAY_MS;
    }
    life.now += 0.25 * DAY_MS;
    assert.deepEqual(rules(await look(life)), []);
    life.now += 2 * 3_600_000;
    assert.deepEqual(rules(await look(life)), ["age: warning"]);
    life.now += DAY_MS;
    assert.deepEqual(rules(await look(life)), ["age: critical"]);
  }));

Deno.test("status fetches receipts and nothing else", () =>
  withLife(TREE, async (life) => {
    for (let day = 0; day < 3; day++, life.now += DAY_MS) await life.backup();
    const fetched: string[] = [];
    const reader: StoreReader = {
      ...life.store.reader,
      get: (name, options) => {
        fetched.push(name.split("/")[2]!.split("-")[0]!);
        return life.store.reader.get(name, options);
      },
    };
    await look(life, reader);
    assert.deepEqual(fetched, ["receipt", "receipt", "receipt"]);
  }));

Deno.test("an object that is missing is critical, without any private key", () =>
  withLife(TREE, async (life) => {
    await life.backup();
    const volume = [...life.store.objects.keys()].find((name) => name.includes(".tar"))!;
    life.store.objects.delete(volume);
    const it = await look(life);
    assert.deepEqual(rules(it), ["integrity: critical"]);
    assert.ok(it.state === "critical" && it.alerts[0]!.what.includes("is missing"));
  }));

Deno.test("the numbers of a host are those of its last snapshot, and its stored bytes those of all", () =>
  withLife(TREE, async (life) => {
    const results = [];
    for (let day = 0; day < 2; day++, life.now += DAY_MS) results.push(await life.backup());
    const it = await look(life);
    assert.ok(it.state !== "unknown");
    const last = it.facts.nights.at(-1)!;
    assert.deepEqual([last.id, last.entries, last.bytes], [results[1]!.snapshot, 3, 6]);
    const objects = [...life.store.objects].filter(([name]) => !name.includes("receipt-"));
    assert.equal(it.facts.stored, objects.reduce((sum, [, { bytes }]) => sum + bytes.length, 0));
  }));

Deno.test("a store that cannot be read makes its own host unknown, and no other", () =>
  withLife(TREE, async (life) => {
    await life.backup();
    const hosts: Host[] = ["a", "b", "c"].map((name) => ({ ...life.host, name }));
    const reader = (host: Host): StoreReader =>
      host.name === "b"
        ? {
          ...life.store.reader,
          list: () => {
            throw new StoreError("unreachable", "The store is away");
          },
        }
        : life.store.reader;
    const all = await Array.fromAsync(
      status(hosts, (host, body) => body(reader(host)), NO_RECORDS, life.run),
    );
    assert.deepEqual(all.map(({ host, state }) => `${host} ${state}`), [
      "a critical",
      "b unknown",
      "c critical",
    ]);
    assert.deepEqual(worstFirst(all).map(({ host }) => host), ["a", "c", "b"]);
  }));

Deno.test("an interrupted run ends at once, and no host is unknown for it", () =>
  withLife(TREE, async (life) => {
    const controller = new AbortController();
    controller.abort(new Error("stop"));
    const run = { ...life.run, signal: controller.signal };
    const open = (): Promise<never> => Promise.reject(controller.signal.reason);
    await assert.rejects(Array.fromAsync(status([life.host], open, NO_RECORDS, run)), /stop/);
  }));
