import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeHeader, sizeInArchive } from "../../lib/archive/header.ts";
import { ARCHIVE_END } from "../../lib/archive/layout.ts";
import { type Entry, isMemberPath } from "../../lib/model/entry.ts";
import { Damage } from "../../lib/model/failure.ts";
import { archived, file, type Item, pathOf, thing, unarchived } from "./making.ts";

const character = fc.oneof(
  fc.constantFrom("a", ".", "/", "ä", "€", "😀", "\n", " ", "\\", "\ufffd", "="),
  fc.string({ unit: "binary", maxLength: 1 }),
);
const name = fc.array(character, { minLength: 1, maxLength: 300 }).map((it) => it.join(""));
const path = name.map((it) => it.replaceAll("\0", "0")).filter(isMemberPath);
const target = name.map((it) => it.replaceAll("\0", "0")).filter((it) => it !== "");
const id = fc.oneof(
  fc.nat(3000),
  fc.constantFrom(2_097_151, 2_097_152, 0xffff_ffff),
  fc.nat({ max: 0xffff_ffff }),
);
const owner = fc.oneof(
  fc.constantFrom("", "root", "www-data", "m".repeat(31), "m".repeat(32), "löwe"),
  target,
);
const YEAR_2242 = 8 ** 11 * 1000;
const mtime = fc.oneof(
  fc.integer({ min: -1e13, max: 1e13 }),
  fc.constantFrom(
    -1,
    0,
    1,
    -1000,
    -1500,
    1000,
    YEAR_2242 - 1000,
    YEAR_2242 - 1,
    YEAR_2242,
    8.64e15,
    -8.64e15,
  ),
);
const common = fc.record({ path, mode: fc.nat(0o7777), uid: id, gid: id, user: owner, group: owner, mtime });

const item: fc.Arbitrary<Item> = common.chain((it) =>
  fc.oneof(
    fc.uint8Array({ maxLength: 1600 }).map((content) => file(it.path, content, it)),
    fc.constantFrom("directory" as const, "fifo" as const).map((type) => thing(it.path, type, it)),
    target.map((link) => thing(it.path, "symlink", { ...it, link })),
    path.map((link) => thing(it.path, "hardlink", { ...it, link })),
    fc.record({ major: fc.nat({ max: 0xffff_ffff }), minor: id }).chain((device) =>
      fc.constantFrom("char" as const, "block" as const).map((type) =>
        thing(it.path, type, { ...it, device: { ...device } })
      )
    ),
  )
);

Deno.test("archived entries are read back, in any blocks and chunks", () => {
  const sizes = fc.constantFrom(512, 1024, 4096, 1024 * 1024);
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 5 }),
      sizes,
      fc.integer({ min: 1, max: 3000 }),
      (items, block, step) => {
        assert.deepEqual(unarchived(archived(items, block), step), items);
      },
    ),
  );
});

Deno.test("an entry takes as many bytes as were announced", () => {
  fc.assert(fc.property(fc.array(item, { maxLength: 5 }), (items) => {
    const sum = items.reduce((sum, { entry }) => sum + sizeInArchive(entry), 0);
    assert.equal(archived(items).length, sum + ARCHIVE_END);
  }));
});

Deno.test("an entry takes as many bytes as its header and its content", () => {
  fc.assert(fc.property(item, ({ entry }) => {
    assert.equal(sizeInArchive({ ...entry, size: 0 }), encodeHeader({ ...entry, size: 0 }).length);
  }));
});

Deno.test("an archive can be split into chunks at any place", () => {
  const items = [
    file("a", "x".repeat(700), { mtime: 1001 }),
    thing("d", "directory"),
    file(pathOf(300), "y"),
  ];
  const bytes = archived(items);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual([...unarchived(bytes, Math.max(1, cut))], items, `cut at ${cut}`);
  }
});

/** What our reader makes of bytes: entries, or that they are damaged. Any other error passes through. */
function outcome(bytes: Uint8Array): Item[] | "damage" {
  try {
    return unarchived(bytes);
  } catch (error) {
    if (error instanceof Damage) return "damage";
    throw error;
  }
}

const small = [
  file("dir/file", "some content", { mtime: 1_700_000_000_123, user: "löwe" }),
  thing("dir/link", "symlink", { link: "ziel/ä", mode: 0o777 }),
];

Deno.test("every flipped bit is detected", () => {
  const bytes = archived(small);
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      bytes[at]! ^= 1 << bit;
      assert.notDeepEqual(outcome(bytes), small, `bit ${bit} of byte ${at}`);
      bytes[at]! ^= 1 << bit;
    }
  }
});

Deno.test("bytes that are exchanged are damage or another entry, and never another error", () => {
  const bytes = archived(small);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 600 }), (at, exchange) => {
      const changed = bytes.slice();
      changed.set(exchange.subarray(0, changed.length - at), at);
      outcome(changed);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("random bytes are damage, and never another error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => assert.equal(outcome(bytes), "damage")),
  );
});

Deno.test("an entry that is read has no more and no less than an entry has", () => {
  const wanted: Entry[] = [
    { path: "f", type: "file", size: 1, mode: 0o644, uid: 0, gid: 0, user: "", group: "", mtime: 0 },
    {
      path: "c",
      type: "char",
      size: 0,
      mode: 0,
      uid: 1,
      gid: 2,
      user: "a",
      group: "b",
      mtime: 1,
      device: { major: 4, minor: 64 },
    },
  ];
  const items = wanted.map((entry) => ({ entry, content: new Uint8Array(entry.size) }));
  assert.deepEqual(unarchived(archived(items)).map(({ entry }) => entry), wanted);
});
