import assert from "assert";
import type { IndexLine } from "../../lib/model/index.ts";
import { layersOf, Uppermost } from "../../lib/model/layers.ts";
import { sampleReceipt } from "../support/receipts.ts";

const OLDER = "20261120T050000Z-0123456789abcdef";
const OLDEST = "20261110T050000Z-0123456789abcdef";

const LAYERS = layersOf(sampleReceipt({
  needs: [
    { snapshot: OLDER, receipt: "a".repeat(64), volumes: [[1, 2], [5, 5]] },
    { snapshot: OLDEST, receipt: "b".repeat(64), volumes: [[3, 3]] },
  ],
}));

function line(path: string, volume = 1): IndexLine {
  const entry = {
    path,
    type: "file",
    size: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    user: "",
    group: "",
    mtime: 0,
  } as const;
  return { volume, entry };
}

Deno.test("the layers are the snapshot itself, and what it needs of others, the newest first", () => {
  assert.deepEqual(LAYERS.map(({ snapshot }) => snapshot), [sampleReceipt().snapshot, OLDER, OLDEST]);
  assert.deepEqual([1, 2, 3, 4, 5, 6].map((it) => LAYERS[1]!.has(it)), [
    true,
    true,
    false,
    false,
    true,
    false,
  ]);
  assert.ok(LAYERS[0]!.has(999));
});

Deno.test("of a path that several layers hold the uppermost counts", () => {
  const [own, older, oldest] = LAYERS as [typeof LAYERS[0], typeof LAYERS[0], typeof LAYERS[0]];
  const uppermost = new Uppermost();
  assert.ok(uppermost.counts(own, line("a")));
  assert.ok(!uppermost.counts(own, line("a")), "nor does what it lists again");
  assert.ok(!uppermost.counts(older, line("a")));
  assert.ok(!uppermost.counts(older, line("b", 3)), "a volume that is not needed");
  assert.ok(uppermost.counts(oldest, line("b", 3)), "does not cover those below");
});

Deno.test("what the snapshot's own index lists as gone is in none of those below; what theirs list does not matter", () => {
  const [own, older, oldest] = LAYERS as [typeof LAYERS[0], typeof LAYERS[0], typeof LAYERS[0]];
  const uppermost = new Uppermost();
  assert.ok(!uppermost.counts(own, { gone: "a" }));
  assert.ok(!uppermost.counts(older, line("a")));
  assert.ok(!uppermost.counts(older, { gone: "b" }));
  assert.ok(uppermost.counts(oldest, line("b", 3)));
});
