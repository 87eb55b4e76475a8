/** Pins: a snapshot is kept with what it needs, and nothing else, when all the rest has expired. */
import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import { decodePin, encodePin, PIN_DIRECTORY, pinRecord } from "../../lib/model/pin_record.ts";
import { pin, type PinResult, unpin } from "../../lib/provisioning/pin.ts";
import type { PinStore } from "../../lib/provisioning/pin_store.ts";
import { pinsOf } from "../../lib/snapshots/pins.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { type Life, withLife } from "../support/life.ts";
import { type MemoryStore, memoryStore } from "../support/memory_store.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { days, restoredFrom } from "./copies.ts";

const FOREVER = { label: "before the move", until: null };

async function pinned(life: Life, id: string, to: PinStore, options = FOREVER): Promise<PinResult> {
  return await pin(await life.snapshot(id), life.store.reader, to, options, life.run);
}

function objectsOf({ objects }: MemoryStore): string[] {
  return [...objects.keys()].filter((it) => !it.startsWith(PIN_DIRECTORY)).sort();
}

Deno.test("a pinned incremental is restored exactly when everything else has expired", () =>
  withLife(sampleTree(), async (life) => {
    await days(life, 3);
    const copy = await life.copy();
    const id = (await life.backup()).snapshot;
    assert.ok((await life.snapshot(id)).receipt.needs.length > 0);
    const [, later] = await days(life, 2);
    const pins = memoryStore();
    const result = await pinned(life, id, pins);
    assert.ok(result.copied < life.store.objects.size, "what the snapshot does not need is not copied");
    assert.equal(result.copied, objectsOf(pins).length);
    life.store.objects.clear();
    await restoredFrom(life, pins.reader, id, copy);
    await assert.rejects(restoredFrom(life, pins.reader, later!, copy));
  }, { attributes: false }));

Deno.test("a pin includes the volumes that its snapshot adopted from a run that broke off", () =>
  withLife(sampleTree(), async (life) => {
    let left = 3;
    const { writer } = life.store;
    const breaking = {
      ...writer,
      put: (...args: Parameters<typeof writer.put>) =>
        left-- > 0 ? writer.put(...args) : Promise.reject(new StoreError("denied", "memory: closed")),
    };
    await assert.rejects(life.backup({}, {}, breaking));
    life.now += DAY_MS;
    const id = (await life.backup()).snapshot;
    assert.ok((await life.snapshot(id)).receipt.adopted.length > 0);
    const copy = await life.copy();
    const pins = memoryStore();
    await pinned(life, id, pins);
    life.store.objects.clear();
    await restoredFrom(life, pins.reader, id, copy);
  }, { attributes: false }));

Deno.test("receipts are copied last, and an interrupted pin continues", () =>
  withLife(sampleTree(), async (life) => {
    const ids = await days(life, 3);
    const id = ids.at(-1)!;
    const all = await pinned(life, id, memoryStore());
    for (let at = 1; at <= all.copied; at += 1) {
      const pins = memoryStore();
      let left = at;
      const stopping: PinStore = {
        ...pins,
        writer: {
          ...pins.writer,
          put: (...args) =>
            left-- > 0 ? pins.writer.put(...args) : Promise.reject(new StoreError("denied", "full")),
        },
      };
      await assert.rejects(pinned(life, id, stopping), StoreError);
      const receipts = objectsOf(pins).filter((it) => it.includes("/receipt-"));
      assert.ok(
        receipts.length === 0 || objectsOf(pins).length >= all.record.objects.length - all.record.objects
                .filter(([name]) => name.includes("/receipt-")).length,
      );
      const { copied, existed } = await pinned(life, id, pins);
      assert.equal(copied + existed, all.copied);
      assert.deepEqual(
        [...pins.objects.keys()].sort(),
        [...all.record.objects.map(([name]) => name), ...recordsIn(pins)].sort(),
      );
    }
  }, { attributes: false }));

function recordsIn({ objects }: MemoryStore): string[] {
  return [...objects.keys()].filter((it) => it.startsWith(PIN_DIRECTORY));
}

Deno.test("unpin removes what no other pin needs, and can be repeated after an interruption", () =>
  withLife(sampleTree(), async (life) => {
    const [first, second] = await days(life, 2);
    const copy = await life.copy();
    const pins = memoryStore();
    const one = await pinned(life, first!, pins);
    const alone = objectsOf(pins);
    await pinned(life, second!, pins);
    const both = objectsOf(pins);
    await unpin(pins, one.record, life.run.signal);
    assert.deepEqual((await pinsOf(pins.reader, life.host.name, life.run.signal)).map((it) => it.snapshot), [
      second,
    ]);
    assert.ok(objectsOf(pins).length >= both.length - alone.length);
    await restoredFrom(life, pins.reader, second!, copy);
    const [record] = await pinsOf(pins.reader, life.host.name, life.run.signal);
    let left = 1;
    const stopping: PinStore = {
      ...pins,
      remover: {
        ...pins.remover,
        remove: (names) => left-- > 0 ? pins.remover.remove(names) : Promise.reject(new Error("stopped")),
      },
    };
    await assert.rejects(unpin(stopping, record!, life.run.signal), /stopped/);
    assert.ok(!objectsOf(pins).some((it) => it.includes("/receipt-")), "nothing looks complete");
    await unpin(pins, record!, life.run.signal);
    assert.deepEqual([...pins.objects.keys()], []);
  }, { attributes: false }));

Deno.test("a pin that is repeated replaces label and day, and keeps its time", () =>
  withLife(sampleTree(), async (life) => {
    const [id] = await days(life, 1);
    const pins = memoryStore();
    const first = await pinned(life, id!, pins);
    life.now += DAY_MS;
    const { copied } = await pin(
      await life.snapshot(id),
      life.store.reader,
      pins,
      { label: "audit", until: "2031-12-31" },
      life.run,
    );
    assert.equal(copied, 0);
    const [record, other] = await pinsOf(pins.reader, life.host.name, life.run.signal);
    assert.deepEqual(
      [record!.label, record!.until, record!.pinned, other],
      ["audit", "2031-12-31", first.record.pinned, undefined],
    );
  }, { attributes: false }));

Deno.test("a damaged or missing snapshot is not pinned", () =>
  withLife(sampleTree(), async (life) => {
    const [id] = await days(life, 1);
    const [name] = [...life.store.objects.keys()].filter((it) => it.includes("/000001."));
    const { bytes, storedAt } = life.store.objects.get(name!)!;
    life.store.objects.set(name!, { bytes: bytes.with(9, bytes[9]! ^ 1), storedAt });
    for (const change of [() => {}, () => life.store.objects.delete(name!)]) {
      change();
      const pins = memoryStore();
      await assert.rejects(pinned(life, id!, pins), Damage);
      assert.ok(!objectsOf(pins).some((it) => it.includes("/receipt-")));
    }
  }, { attributes: false }));

Deno.test("this machine copies all objects if the server cannot", () =>
  withLife(sampleTree(), async (life) => {
    const [id] = await days(life, 1);
    const copy = await life.copy();
    const pins = memoryStore();
    const copier = {
      copy: () => Promise.reject(new StoreError("setup", "memory: not implemented")),
      close: () => {},
    };
    const { copied, byServer } = await pinned(life, id!, { ...pins, copier });
    assert.deepEqual([copied, byServer], [objectsOf(pins).length, 0]);
    const notes = life.events.filter((it) => it.event === "note" && it.text.includes("not implemented"));
    assert.equal(notes.length, 1);
    await restoredFrom(life, pins.reader, id!, copy);
  }, { attributes: false }));

Deno.test("an object of another size in the store of pins is damage", () =>
  withLife(sampleTree(), async (life) => {
    const [id] = await days(life, 1);
    const pins = memoryStore();
    const [name] = [...life.store.objects.keys()].filter((it) => it.includes("/000001."));
    await pins.writer.put(name!, new Uint8Array(1));
    await assert.rejects(pinned(life, id!, pins), /000001.* in memory is not what its name says/);
  }, { attributes: false }));

Deno.test("a record that was changed is not read", () => {
  const record = pinRecord({
    host: "web1",
    snapshot: "20260101T000000Z-0000000000000000",
    label: "é",
    pinned: "2026-01-01T00:00:00.000Z",
    until: "2030-02-28",
    objects: [["web1/a", 1]],
  });
  const { name, bytes } = encodePin(record);
  assert.deepEqual(decodePin(name, bytes), record);
  const text = new TextDecoder().decode(bytes);
  const changes: [string, string][] = [
    ["web1/a", "web2/a"],
    ["2030-02-28", "2030-02-30"],
    ['"é"', '"e"'],
    ["}", ',"more":1}'],
  ];
  for (const [from, to] of changes) {
    const changed = new TextEncoder().encode(text.replace(from, to));
    assert.throws(() => decodePin(name, changed), Damage, to);
  }
});
