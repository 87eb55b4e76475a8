import assert from "node:assert/strict";
import type { Receipt } from "../../lib/model/receipt.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import type { Host } from "../../lib/config/types.ts";
import { Damage, Misuse } from "../../lib/model/failure.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { type ForgedSnapshot, forger, forgeSnapshot, idAt, unsigned } from "../support/forger.ts";
import { type MemoryStore, memoryStore } from "../support/memory_store.ts";

const host = {
  name: "web1.example.org",
  signers: [forger.fingerprint],
  acknowledged: [],
  retention: { days: 30, refreshDays: 30 },
} as unknown as Host;

/** Minutes after midnight by the store's clock. */
function at(minutes: number): Date {
  return new Date(Date.UTC(2026, 10, 28, 0, minutes));
}

function put(store: MemoryStore, { objects }: ForgedSnapshot, storedAt: Date): void {
  for (const [name, bytes] of objects) store.objects.set(name, { bytes, storedAt });
}

/** Snapshots of the times that the host says, one after the other in the chain. */
async function chain(times: string[], changes: Partial<Receipt> = {}): Promise<ForgedSnapshot[]> {
  const made: ForgedSnapshot[] = [];
  for (const [number, time] of times.entries()) {
    const previous = made.at(-1)?.link ?? null;
    made.push(
      await forgeSnapshot({ snapshot: idAt(time, number), finished: isoTime(time), previous, ...changes }),
    );
  }
  return made;
}

function isoTime(time: string): string {
  return time.replace(/(....)(..)(..)T(..)(..)(..)/, "$1-$2-$3T$4:$5:$6.000Z");
}

interface Found {
  readonly id: string;
  readonly doubts: string[];
  readonly damaged: string[];
}

async function find(store: MemoryStore, wanted = "latest", acknowledged: string[] = []): Promise<Found> {
  const [doubts, damaged]: string[][] = [[], []];
  const { id } = await findSnapshot(store.reader, { ...host, acknowledged }, wanted, {
    signal: new AbortController().signal,
    doubt: (why) => doubts!.push(why),
    damaged: (it, why) => damaged!.push(`${it}: ${why.message}`),
  });
  return { id, doubts: doubts!, damaged: damaged! };
}

const TIMES = ["20261125T050000", "20261126T050000", "20261127T050000"];

Deno.test("latest is the end of the chain in a store that was copied in any order", async () => {
  const made = await chain(TIMES);
  for (const minutes of [[3, 2, 1], [2, 3, 1], [3, 1, 2], [2, 1, 3], [1, 3, 2]]) {
    const store = memoryStore();
    for (const [number, snapshot] of made.entries()) put(store, snapshot, at(minutes[number]!));
    const found = await find(store);
    assert.equal(found.id, made[2]!.receipt.snapshot, `${minutes}`);
    assert.match(
      found.doubts.join(),
      /^web1\.example\.org: The store's dates contradict the chain of receipts: .*The store was copied/,
    );
  }
});

Deno.test("latest is the end of the chain in a copy by name, though the host's clock was wrong", async () => {
  const made = await chain(["20261125T050000", "20300101T000000", "20261127T050000"]);
  const store = memoryStore();
  const byName = [...made].sort((a, b) => a.receipt.snapshot < b.receipt.snapshot ? -1 : 1);
  for (const [minute, snapshot] of byName.entries()) put(store, snapshot, at(minute));
  const found = await find(store);
  assert.equal(found.id, made[2]!.receipt.snapshot);
  assert.equal(found.doubts.length, 1);
});

Deno.test("latest follows the store's dates without a doubt where the chain agrees", async () => {
  const made = await chain(["20261125T050000", "20300101T000000", "20261127T050000"]);
  const store = memoryStore();
  for (const [minute, snapshot] of made.entries()) put(store, snapshot, at(minute));
  assert.deepEqual(await find(store), { id: made[2]!.receipt.snapshot, doubts: [], damaged: [] });
});

Deno.test("latest warns of a chain with two ends, and takes the one that was stored last", async () => {
  const made = await chain(TIMES);
  const fork = await forgeSnapshot({ snapshot: idAt("20261126T060000", 9), previous: made[0]!.link });
  const store = memoryStore();
  for (const [minute, snapshot] of [...made, fork].entries()) put(store, snapshot, at(minute));
  const found = await find(store);
  assert.equal(found.id, fork.receipt.snapshot);
  assert.match(found.doubts.join(), /^web1\.example\.org: The chain of receipts has two ends/);
  assert.deepEqual((await find(store, "latest", [fork.receipt.snapshot])).doubts, [], "the owner knows");
});

Deno.test("latest warns where dates and the host's clock disagree, and no chain decides", async () => {
  const [old] = await chain(["20261127T050000"]);
  const [anew] = await chain(["20261125T050000"]);
  const store = memoryStore();
  put(store, old!, at(1));
  put(store, anew!, at(2));
  const found = await find(store);
  assert.equal(found.id, anew!.receipt.snapshot);
  assert.match(found.doubts.join(), /^web1\.example\.org: By the host's clock .* is newer/);
});

Deno.test("latest passes over a newer receipt that is not good and an unfinished run, and reports the former", async () => {
  const made = await chain(TIMES);
  const junk = await forgeSnapshot({ snapshot: idAt("20261128T050000") }, { signed: unsigned });
  const unfinished = await forgeSnapshot({ snapshot: idAt("20261128T060000") });
  const store = memoryStore();
  for (const [minute, snapshot] of [...made, junk, unfinished].entries()) put(store, snapshot, at(minute));
  for (const name of store.objects.keys()) {
    if (name.includes(`${unfinished.receipt.snapshot}/receipt-`)) store.objects.delete(name);
  }
  const found = await find(store);
  assert.equal(found.id, made[2]!.receipt.snapshot);
  assert.equal(found.damaged.length, 1);
  assert.match(found.damaged[0]!, /^20261128T050000Z.*does not fit/);
});

Deno.test("latest is damage, not misuse, if no receipt of the store can be trusted", async () => {
  const [junk] = await chain(TIMES);
  const store = memoryStore();
  put(store, junk!, at(1));
  for (const [name, { bytes }] of store.objects) if (name.includes("/receipt-")) bytes.fill(0);
  const isDamage = (error: Error): boolean => error instanceof Damage;
  await assert.rejects(find(store), isDamage);
  await assert.rejects(find(store, "2027-01-01"), isDamage);
});

Deno.test("latest fails with the store's error if the store returns no receipt", async () => {
  const [made] = await chain(TIMES);
  const store = memoryStore();
  put(store, made!, at(1));
  const denied = new StoreError("denied", "memory: access denied");
  const reader = { ...store.reader, get: () => Promise.reject(denied) };
  await assert.rejects(find({ ...store, reader }), {
    name: "StoreError",
    kind: "denied",
    message: "Cannot read the receipt: memory: access denied",
  });
});

Deno.test("junk that begins with the id of a snapshot does not hide it", async () => {
  const made = await chain(TIMES);
  const store = memoryStore();
  for (const [minute, snapshot] of made.entries()) put(store, snapshot, at(minute));
  const { snapshot } = made[0]!.receipt;
  const junk = { bytes: new Uint8Array(10), storedAt: at(9) };
  const name = `receipt-${"0".repeat(64)}.json.asc`;
  for (const beside of [`${snapshot}0`, `${snapshot}/x`, `${snapshot.slice(0, -1)}f`, `${snapshot} `]) {
    store.objects.set(`${host.name}/${beside}/${name}`, junk);
  }
  assert.equal((await find(store, snapshot)).id, snapshot);
  assert.equal((await find(store, snapshot.slice(0, 12))).id, snapshot);
  await assert.rejects(find(store, "2026112"), /Several snapshots of web1\.example\.org begin with/);
  for (const wrong of ["20301", "", "../x", "\x1b[2J", "latest2"]) {
    await assert.rejects(find(store, wrong), /There is no snapshot/);
  }
});

const DATES: readonly (readonly [wanted: string, found: number])[] = [
  ["2026-11-25T05:00Z", 0],
  ["2026-11-25T05:00:00Z", 0],
  ["2026-11-25Z", 0],
  ["2026-11-26T04:59Z", 0],
  ["2026-11-26T06:00+01:00", 1],
  ["2026-11-26Z", 1],
  ["2026-11-27 05:00:00 UTC", 2],
  ["2030-01-01Z", 2],
];

Deno.test("a date or a time names the newest snapshot that was begun until then, also in a copy", async () => {
  const made = await chain(TIMES);
  const stores = [
    made.map((_, number) => new Date(Date.UTC(2026, 10, 25 + number, 5, 1))), // as they were stored
    made.map((_, number) => at(number)), // a copy
  ];
  for (const dates of stores) {
    const store = memoryStore();
    made.forEach((snapshot, number) => put(store, snapshot, dates[number]!));
    for (const [wanted, number] of DATES) {
      assert.equal((await find(store, wanted)).id, made[number]!.receipt.snapshot, wanted);
    }
  }
});

Deno.test("a snapshot is not later than the store's date of it, whatever the host's clock said", async () => {
  const [made] = await chain(["20300101T000000"]);
  const store = memoryStore();
  put(store, made!, at(5));
  assert.equal((await find(store, "2026-11-28T00:05Z")).id, made!.receipt.snapshot);
  await assert.rejects(find(store, "2026-11-28T00:04Z"), /no snapshot of web1.example.org at or before/);
});

Deno.test("a date before all snapshots is refused with the oldest", async () => {
  const store = memoryStore();
  for (const made of await chain(TIMES)) put(store, made, at(0));
  await assert.rejects(find(store, "2026-11-24Z"), (error: Misuse) => {
    assert.equal(
      error.message,
      "There is no snapshot of web1.example.org at or before 2026-11-24 23:59:59 UTC",
    );
    assert.match(
      error.hint!,
      /^The oldest is web1.example.org\/20261125T050000Z-0+, of 2026-11-25 05:00:00 UTC$/,
    );
    return error instanceof Misuse;
  });
  await assert.rejects(
    find(memoryStore(), "2026-11-24Z"),
    /There is no snapshot of web1.example.org in the store/,
  );
});
