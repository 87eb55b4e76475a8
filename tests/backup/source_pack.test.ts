import assert from "node:assert/strict";
import fc from "fast-check";
import {
  sourceBuffersOf,
  type SourcePack,
  SourcePacker,
  unpackedSources,
} from "../../lib/backup/source_pack.ts";
import type { SourceEntry } from "../../lib/source/entry.ts";
import { ENTRY } from "../model/entries.ts";

const INODE = fc.record({
  ctime: fc.maxSafeInteger(),
  dev: fc.maxSafeNat(),
  ino: fc.double({ min: 0, max: 2 ** 64, noNaN: true }).map((it) => Math.abs(Math.floor(it))),
  nlink: fc.maxSafeNat(),
});

const SOURCE: fc.Arbitrary<SourceEntry> = fc.tuple(ENTRY, INODE).map(([entry, inode]) => ({
  ...entry,
  ...inode,
  file: `/${entry.path}`,
}));

function packed(entries: readonly SourceEntry[]): SourcePack {
  const packer = new SourcePacker();
  for (const entry of entries) packer.add(entry);
  return packer.packed();
}

Deno.test("entries of a walk are unpacked in order and unchanged", () =>
  fc.assert(fc.property(fc.array(SOURCE), (entries) => {
    const pack = packed(entries);
    assert.equal(pack.count, entries.length);
    assert.deepEqual([...unpackedSources(pack)], entries);
    assert.deepEqual([...unpackedSources(pack)], entries, "as often as it is wanted");
  })));

Deno.test("a pack of what a walk finds is posted without a copy, and is the taker's", () => {
  const entries = fc.sample(SOURCE, 10);
  const pack = packed(entries);
  const taken = structuredClone(pack, { transfer: sourceBuffersOf(pack) });
  assert.deepEqual([...unpackedSources(taken)], entries);
  assert.ok(sourceBuffersOf(pack).every((buffer) => buffer.detached));
});
