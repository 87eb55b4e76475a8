/** Bytes that are known by their digest: from any store they are those or damage. */
import assert from "node:assert/strict";
import { sha256 } from "../../lib/model/digest.ts";
import { Damage } from "../../lib/model/failure.ts";
import { authenticBytes } from "../../lib/snapshots/authentic.ts";
import { type ObjectReader, StoreError } from "../../lib/store/contract.ts";
import { memoryStore } from "../support/memory_store.ts";

const GOOD = new TextEncoder().encode("what was stored");
const OTHER = new TextEncoder().encode("what was put over it");
const KNOWN = { name: "a/b", sha256: sha256(GOOD), maxBytes: GOOD.length, label: "The part", by: "its name" };
const SIGNAL = new AbortController().signal;

type Answer = Uint8Array<ArrayBuffer> | StoreError | Error;

/** A store that answers the first question, and the one for what was stored first, with these. */
function answering(now: Answer, first: Answer): { reader: ObjectReader; asked: (boolean | undefined)[] } {
  const asked: (boolean | undefined)[] = [];
  const get: ObjectReader["get"] = (name, options) => {
    assert.deepEqual([name, options.maxBytes, options.signal], [KNOWN.name, KNOWN.maxBytes, SIGNAL]);
    asked.push(options.first);
    const answer = options.first ? first : now;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer.slice());
  };
  return { reader: { get, list: () => assert.fail("nothing is listed") }, asked };
}

async function outcome(now: Answer, first: Answer): Promise<{ result: unknown; asked: number }> {
  const { reader, asked } = answering(now, first);
  const result = await authenticBytes(reader, KNOWN, SIGNAL).catch((error) => error);
  return { result, asked: asked.length };
}

const missing = new StoreError("missing", "there is none");
const oversized = new StoreError("oversized", "too large");
const denied = new StoreError("denied", "closed");
const unreachable = new StoreError("unreachable", "away");

Deno.test("the correct bytes are accepted from the first request", async () => {
  assert.deepEqual(await outcome(GOOD, OTHER), { result: GOOD, asked: 1 });
});

Deno.test("if the first answer is wrong, missing or too large, the first version is fetched", async () => {
  for (const now of [OTHER, missing, oversized]) {
    assert.deepEqual(await outcome(now, GOOD), { result: GOOD, asked: 2 });
  }
});

Deno.test("two wrong answers are damage that names the object", async () => {
  const cases: [Answer, string][] = [
    [missing, "The part is missing"],
    [oversized, "The part is larger than its name says"],
    [OTHER, "The part is not what its name says"],
  ];
  for (const [now, message] of cases) {
    for (const [first] of cases) {
      const { result } = await outcome(now, first);
      assert.ok(result instanceof Damage);
      assert.equal(result.message, message, "what is there now counts");
    }
  }
});

Deno.test("without permission to read versions, the fault of the current version is reported", async () => {
  const { result } = await outcome(OTHER, denied);
  assert.ok(result instanceof Damage);
  assert.equal(result.message, "The part is not what its name says");
});

Deno.test("a store that does not answer is no damage, at whichever request it fails", async () => {
  assert.deepEqual(await outcome(unreachable, GOOD), { result: unreachable, asked: 1 });
  assert.deepEqual(await outcome(OTHER, unreachable), { result: unreachable, asked: 2 });
});

Deno.test("an object that the store does not give is no damage, and the error of the store names it", async () => {
  const { result, asked } = await outcome(denied, GOOD);
  assert.ok(result instanceof StoreError && result.cause === denied);
  assert.deepEqual([result.kind, result.message, asked], ["denied", "Cannot read the part: closed", 1]);
});

Deno.test("an error that is not the store's is passed on", async () => {
  const bug = new TypeError("a bug");
  assert.deepEqual(await outcome(bug, GOOD), { result: bug, asked: 1 });
  assert.deepEqual(await outcome(OTHER, bug), { result: bug, asked: 2 });
});

Deno.test("any other bytes of the same length are damage, and a byte more or less", async () => {
  const changed = GOOD.slice();
  changed[0]! ^= 1;
  for (const bytes of [changed, GOOD.slice(1), new Uint8Array([...GOOD, 0]), new Uint8Array()]) {
    const store = memoryStore();
    store.objects.set(KNOWN.name, { bytes: bytes.slice(), storedAt: new Date() });
    await assert.rejects(authenticBytes(store.reader, KNOWN, SIGNAL), Damage);
  }
});
