import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entry } from "../../lib/model/entry.ts";
import { buffersOf, type Pack, Packer, unpacked } from "../../lib/model/pack.ts";
import { releaseAll } from "../../lib/buffers/release.ts";
import { ENTRY } from "./entries.ts";

function packed(entries: readonly Entry[]): Pack {
  const packer = new Packer();
  for (const entry of entries) packer.add(entry);
  return packer.packed();
}

Deno.test("packed entries are unpacked in order and unchanged", () =>
  fc.assert(fc.property(fc.array(ENTRY), (entries) => {
    const pack = packed(entries);
    assert.equal(pack.count, entries.length);
    assert.deepEqual([...unpacked(pack)], entries);
    assert.deepEqual([...unpacked(pack)], entries, "as often as it is wanted");
  })));

Deno.test("with marks, only marked entries are unpacked", () =>
  fc.assert(fc.property(fc.array(fc.tuple(ENTRY, fc.boolean())), (marked) => {
    const pack = packed(marked.map(([entry]) => entry));
    const marks = Uint8Array.from(marked, ([, wanted]) => wanted ? 1 : 0);
    assert.deepEqual(
      [...unpacked(pack, marks)],
      marked.filter(([, wanted]) => wanted).map(([entry]) => entry),
    );
  })));

Deno.test("a pack of thousands is as good", () => {
  const [entry] = fc.sample(ENTRY, 1);
  const entries = Array.from({ length: 3000 }, (_, at) => ({ ...entry!, size: at, path: `😀é${at}` }));
  assert.deepEqual([...unpacked(packed(entries))], entries);
});

Deno.test("a pack is posted without a copy, and is the taker's", () => {
  const entries = fc.sample(ENTRY, 10);
  const pack = packed(entries);
  const taken = structuredClone(pack, { transfer: buffersOf(pack) });
  assert.deepEqual([...unpacked(taken)], entries);
  assert.ok(buffersOf(pack).every((buffer) => buffer.detached));
});

Deno.test("a pack that is released holds no memory, and may be released once more", () => {
  const buffers = buffersOf(packed(fc.sample(ENTRY, 10)));
  releaseAll(buffers);
  releaseAll(buffers);
  assert.deepEqual(buffers.map((buffer) => buffer.byteLength), [0, 0]);
});
