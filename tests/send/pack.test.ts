import assert from "assert";
import fc from "property";
import type { EntryType } from "../../lib/model/entry.ts";
import { buffersOf, type Pack, Packer, releasePack, unpacked } from "../../lib/send/pack.ts";
import { memberPath, type SourceEntry } from "../../lib/source/entry.ts";

const TEXT = fc.string({
  unit: fc.constantFrom("a", "b", "/", " ", "\n", "é", "\ufeff", "😀"),
  maxLength: 12,
});
const WHOLE = fc.maxSafeNat();

const ENTRY: fc.Arbitrary<SourceEntry> = fc.record({
  file: TEXT.map((it) => `/${it}`),
  type: fc.constantFrom<EntryType>("file", "directory", "symlink", "hardlink", "fifo", "char", "block"),
  size: WHOLE,
  mode: fc.nat(0o7777),
  uid: fc.nat(2 ** 32 - 1),
  gid: fc.nat(2 ** 32 - 1),
  user: TEXT,
  group: TEXT,
  mtime: fc.maxSafeInteger(),
  ctime: fc.maxSafeInteger(),
  dev: WHOLE,
  ino: fc.double({ min: 0, max: 2 ** 64, noNaN: true }).map((it) => Math.abs(Math.floor(it))),
  nlink: WHOLE,
  link: fc.option(TEXT, { nil: undefined }),
  device: fc.option(fc.record({ major: fc.nat(), minor: fc.nat() }), { nil: undefined }),
}).map(({ link, device, ...entry }): SourceEntry => ({
  ...entry,
  path: memberPath(entry.file),
  ...(link === undefined ? {} : { link }),
  ...(device === undefined ? {} : { device: { ...device } }),
}));

function packed(entries: readonly SourceEntry[]): Pack {
  const packer = new Packer();
  for (const entry of entries) packer.add(entry);
  return packer.packed();
}

Deno.test("what is packed comes out again in order, and each as it was", () =>
  fc.assert(fc.property(fc.array(ENTRY), (entries) => {
    const pack = packed(entries);
    assert.equal(pack.count, entries.length);
    assert.deepEqual([...unpacked(pack)], entries);
    assert.deepEqual([...unpacked(pack)], entries, "as often as it is wanted");
  })));

Deno.test("a pack of thousands is as good", () => {
  const [entry] = fc.sample(ENTRY, 1);
  const entries = Array.from({ length: 3000 }, (_, at) => ({ ...entry!, size: at }));
  assert.deepEqual([...unpacked(packed(entries))], entries);
});

Deno.test("a pack is posted without a copy, and is the taker's", () => {
  const entries = fc.sample(ENTRY, 10);
  const pack = packed(entries);
  const taken = structuredClone(pack, { transfer: buffersOf(pack) });
  assert.deepEqual([...unpacked(taken)], entries);
  assert.ok(buffersOf(pack).every((buffer) => buffer.detached));
});

Deno.test("a pack that is released holds no memory", () => {
  const pack = packed(fc.sample(ENTRY, 10));
  releasePack(pack);
  assert.deepEqual(buffersOf(pack).map((buffer) => buffer.byteLength), [0, 0]);
});
