import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { compareUtf8, sortedByUtf8 } from "../../lib/model/utf8_order.ts";

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "/", "-", "\uffff", "\ue000", "\ud7ff"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
});

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

Deno.test("texts compare as their UTF-8 does", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), byBytes(a, b));
      assert.equal(compareUtf8(a, a), 0);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("texts are sorted as their UTF-8 is", () => {
  fc.assert(fc.property(fc.array(text), (texts) => {
    assert.deepEqual(sortedByUtf8([...texts]), texts.toSorted(byBytes));
  }));
});
