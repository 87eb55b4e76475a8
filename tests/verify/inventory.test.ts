import assert from "node:assert/strict";
import { type Inventory, takeInventory } from "../../lib/verify/inventory.ts";
import { indexPartName, receiptName, volumePartName } from "../../lib/model/name.ts";
import type { Receipt } from "../../lib/model/receipt.ts";
import { storedDirectories } from "../../lib/snapshots/directories.ts";
import type { Host } from "../../lib/config/types.ts";
import type { StoredObject, StoreReader } from "../../lib/store/contract.ts";
import { emptyReceipt, idAt } from "../support/forger.ts";

const host = { name: "web1.example.org", retention: { days: 30, refreshDays: 30 } } as Host;
const snapshot = idAt("20261123T050000");
const TIME = Date.UTC(2026, 10, 23);

function digest(number: number): string {
  return number.toString(16).padStart(64, "0");
}

/** A receipt of one volume with so many parts of one byte. */
function receiptOf(count: number): Receipt {
  const parts = Array.from({ length: count }, (_, at) => ({
    name: volumePartName(1, at, digest(at), "zstd"),
    size: 1,
    sha256: digest(at),
  }));
  const volumes = [{ number: 1, entries: 0, plain: 1, parts }];
  const index = {
    entries: 0,
    gone: 0,
    plain: 1,
    parts: [{ name: indexPartName(0, digest(0), "zstd"), size: 1, sha256: digest(0) }],
  };
  return emptyReceipt({ snapshot, volumes, index });
}

/** Store that lists the given objects, as often as it is asked. */
function lister(names: () => Iterable<string>): { reader: StoreReader; asked: () => number } {
  let asked = 0;
  const reader = {
    async *list(): AsyncGenerator<StoredObject> {
      asked += 1;
      for (const name of names()) {
        yield { name: `${host.name}/${snapshot}/${name}`, size: 1, storedAt: new Date(TIME) };
      }
    },
  } as unknown as StoreReader;
  return { reader, asked: () => asked };
}

interface Taken extends Pick<Inventory, "parts" | "times"> {
  readonly what: string[];
  /** How often the store was asked for a list. */
  readonly asked: number;
}

async function inventory(names: () => Iterable<string>, receipt: Receipt): Promise<Taken> {
  const { reader, asked } = lister(names);
  const [directory] = await Array.fromAsync(storedDirectories(reader, host, new AbortController().signal));
  const { parts, times, problem } = await takeInventory(directory!, receipt);
  return { parts, times, what: problem.map(({ kind, what }) => `${kind}: ${what}`), asked: asked() };
}

function* namesOf({ volumes, index }: Receipt): Generator<string> {
  for (const { parts } of [...volumes, index]) yield* parts.map(({ name }) => name);
}

Deno.test("an inventory finds every part, with its time", async () => {
  const receipt = receiptOf(3);
  const { parts, times, what, asked } = await inventory(() => namesOf(receipt), receipt);
  assert.equal(parts.length, 4);
  assert.ok(parts.every(({ name }) => times.get(name) === TIME));
  assert.deepEqual([what, asked], [[], 1]);
});

Deno.test("an inventory names 20 missing parts of 130,000, and counts the rest", async () => {
  const { parts, what } = await inventory(() => ["x"], receiptOf(130_000));
  assert.equal(parts.length, 0);
  assert.equal(what.length, 22);
  assert.match(what[0]!, /^damage: 000001\.000000-0+\.tar\.zst\.gpg is missing$/);
  assert.equal(what[20], "damage: 129981 more parts are missing or of another size");
});

Deno.test("an inventory of a directory with 200,000 foreign objects keeps none of them, and finds what belongs", async () => {
  const receipt = receiptOf(2);
  function* names(): Generator<string> {
    for (let at = 0; at < 100_000; at += 1) yield volumePartName(2, 0, digest(at + 100), "zstd");
    yield* namesOf(receipt);
    for (let at = 0; at < 100_000; at += 1) yield receiptName(digest(at));
  }
  const before = Deno.memoryUsage().rss;
  const { parts, what, asked } = await inventory(names, receipt);
  assert.equal(parts.length, 3);
  assert.equal(asked, 2, "the list is read again instead of being kept");
  assert.match(what[0]!, /^damage: 100000 objects do not belong there, "000002\.000000-.* and others/);
  assert.match(
    what[1]!,
    /^damage: There are 2000 receipts where one belongs/,
  );
  assert.ok(Deno.memoryUsage().rss - before < 200 * 1024 * 1024);
});
