import assert from "node:assert/strict";
import { layersOf } from "../../lib/model/layers.ts";
import { sampleReceipt } from "../support/receipts.ts";

const OLDER = "20261120T050000Z-0123456789abcdef";
const OLDEST = "20261110T050000Z-0123456789abcdef";

const LAYERS = layersOf(sampleReceipt({
  needs: [
    { snapshot: OLDER, receipt: "a".repeat(64), volumes: [[1, 2], [5, 5]] },
    { snapshot: OLDEST, receipt: "b".repeat(64), volumes: [[3, 3]] },
  ],
}));

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
