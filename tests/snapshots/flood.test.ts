/** An intruder who puts thousands of receipts that are refused: what readers still read, and how many they fetch. */
import assert from "node:assert/strict";
import type { Event, Run } from "../../lib/app/events.ts";
import { sha256 } from "../../lib/model/digest.ts";
import { objectKey, receiptName } from "../../lib/model/name.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import { hostOfStore } from "../../lib/snapshots/hosts_of_store.ts";
import { list } from "../../lib/snapshots/list.ts";
import { cachingReader } from "../../lib/store/cache/caching_reader.ts";
import { RefusalMemory } from "../../lib/store/cache/refusal_memory.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import { verify } from "../../lib/verify/verify.ts";
import { type CountedReader, countedReader } from "../support/counted_reader.ts";
import { withDirectory } from "../support/directory.ts";
import { emptyReceipt, forger, forgeReceipt, idAt } from "../support/forger.ts";
import { type MemoryStore, memoryStore } from "../support/memory_store.ts";

const HOST = {
  ...hostOfStore("web1.example.org", { kind: "directory", path: "/" }),
  signers: [forger.fingerprint],
};

const FLOOD = 8000;

/** Most receipts that a reader may fetch of them. */
const MOST = 4500;

const encoder = new TextEncoder();

interface Flooded {
  readonly store: MemoryStore;
  /** Ids of the snapshots before the flood, in it, and after it. */
  readonly good: readonly string[];
}

/** A store with snapshots before a flood, in its middle and after it. `idOf` gives the names that the intruder chooses. */
async function flooded(idOf: (at: number) => string, count = FLOOD): Promise<Flooded> {
  let time = Date.parse("2026-11-23T05:00:00Z");
  const store = memoryStore(() => new Date(time += 1000));
  const put = (id: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown> =>
    store.writer.put(objectKey(HOST.name, id, receiptName(sha256(bytes))), bytes);
  const good: string[] = [];
  const backup = async (): Promise<void> => {
    const snapshot = idAt(`2026112${3 + good.length}T050000`);
    await put(snapshot, await forgeReceipt(emptyReceipt({ snapshot })));
    good.push(snapshot);
  };
  await backup();
  await backup();
  for (let at = 0; at < count; at += 1) {
    if (at === count / 2) await backup();
    await put(idOf(at), encoder.encode(`junk ${at}`));
  }
  await backup();
  return { store, good };
}

interface Counting extends CountedReader {
  readonly run: Run;
  readonly warnings: string[];
}

function counting({ reader }: MemoryStore): Counting {
  const warnings: string[] = [];
  const report = (event: Event): void => void (event.event === "warning" && warnings.push(event.text));
  const run = { report, signal: new AbortController().signal, now: () => new Date("2026-11-28T00:00:00Z") };
  return Object.assign(countedReader(reader), { warnings, run });
}

async function listed(reader: StoreReader, run: Run): Promise<string[]> {
  const lines = await Array.fromAsync(list(HOST, reader, run));
  return lines.flatMap((it) => it.kind === "snapshot" ? [it.snapshot.id] : []);
}

const NAMES: Readonly<Record<string, (at: number) => string>> = {
  "before those of the snapshots": (at) => idAt("20250101T050000", at),
  "before those of the snapshots, the last one first": (at) => idAt("20250101T050000", FLOOD - at),
  "after those of the snapshots, the last one first": (at) => idAt("20270101T050000", FLOOD - at),
};

for (const [names, idOf] of Object.entries(NAMES)) {
  Deno.test(`a flood of junk with names ${names} hides no snapshot before or after it, and few of it are fetched`, async () => {
    const { store, good } = await flooded(idOf);
    const [first, second, , last] = good;
    const it = counting(store);
    const ids = await listed(it.reader, it.run);
    for (const id of [first, second, last]) assert.ok(ids.includes(id!), id);
    assert.ok(it.fetched < MOST, `${it.fetched} were fetched`);
    assert.match(it.warnings.join(), /thousands of objects.*are refused.*Revoke the credentials/);

    const verifying = counting(store);
    const result = await verify(HOST, verifying.reader, { content: false }, () => {}, verifying.run);
    assert.ok(result.snapshots >= 3);
    assert.ok(result.unreadable > 0 && result.damages > 0);
    assert.ok(verifying.fetched < MOST, `${verifying.fetched} were fetched`);

    const { signal } = it.run;
    const doubts: string[] = [];
    const options = { signal, damaged: () => {}, doubt: (why: string) => void doubts.push(why) };
    assert.equal((await findSnapshot(it.reader, HOST, "latest", options)).id, last);
    assert.match(doubts.join(), new RegExp(`^${HOST.name}: thousands of objects`), "the host is named once");

    const named = counting(store);
    const of = { ...options, signal };
    assert.equal((await findSnapshot(named.reader, HOST, first!.slice(0, 8), of)).id, first);
    await assert.rejects(findSnapshot(named.reader, HOST, "2", of), /Several snapshots/);
    assert.ok(named.fetched < MOST, `${named.fetched} were fetched`);
  });
}

/** Other floods, each as the directory and the bytes of an object, and the bytes that its name is made of if they are others. */
const KINDS: Readonly<
  Record<
    string,
    (at: number, real: Uint8Array<ArrayBuffer>) => readonly [string, Uint8Array<ArrayBuffer>, string?]
  >
> = {
  "receipts in one new directory": (at) => [idAt("20250101T050000"), encoder.encode(`junk ${at}`)],
  "receipts in the directory of an older snapshot": (
    at,
  ) => [idAt("20261123T050000"), encoder.encode(`junk ${at}`)],
  "copies of a real receipt": (at, real) => [idAt("20250101T050000", at), real],
  "receipts with the name of other bytes": (
    at,
  ) => [idAt("20250101T050000", at), encoder.encode("x"), `name ${at}`],
  "names that are no snapshots": (at) => [`20250101-${at}`, encoder.encode(`junk ${at}`)],
};

for (const [kind, make] of Object.entries(KINDS)) {
  Deno.test(`a flood of ${kind} hides no snapshot, and few of it are fetched`, async () => {
    const { store, good } = await flooded(() => "", 0);
    const real = await forgeReceipt(emptyReceipt({ snapshot: good[0]! }));
    for (let at = 0; at < FLOOD; at += 1) {
      const [id, bytes, name] = make(at, real);
      const digest = sha256(name === undefined ? bytes : encoder.encode(name));
      const storedAt = new Date(Date.parse("2026-11-24T00:00:00Z") + at);
      store.objects.set(objectKey(HOST.name, id, receiptName(digest)), { bytes, storedAt });
    }
    const it = counting(store);
    const ids = await listed(it.reader, it.run);
    assert.deepEqual(good.filter((id) => !ids.includes(id)), []);
    assert.ok(it.fetched < 2 * MOST, `${it.fetched} were fetched`);
  });
}

Deno.test("with the owner's cache each run reads on in a flood, until everything is known and nothing is fetched", () =>
  withDirectory(async (directory) => {
    const { store, good } = await flooded((at) => idAt("20250101T050000", at));
    const counts: number[] = [];
    let ids: string[] = [];
    for (let night = 0; night < 5; night += 1) {
      const it = counting(store);
      const refusals = new RefusalMemory(directory, "store and host");
      const caching = cachingReader(it.reader, { refusals });
      ids = await listed(caching, it.run);
      caching.close();
      counts.push(it.fetched);
    }
    assert.deepEqual(ids, good);
    assert.ok(counts[0]! > 3000 && counts[0]! < MOST, counts.join());
    assert.ok(counts.at(-1)! < 200, counts.join());
  }));
