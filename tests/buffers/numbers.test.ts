import assert from "node:assert/strict";
import fc from "fast-check";
import { Numbers } from "../../lib/buffers/numbers.ts";

Deno.test("numbers that are added come out as they were, in a buffer of their own size", () =>
  fc.assert(fc.property(fc.array(fc.array(fc.double())), (rows) => {
    const numbers = new Numbers();
    for (const row of rows) numbers.add(...row);
    const taken = numbers.take();
    assert.deepEqual([...taken], rows.flat());
    assert.equal(taken.buffer.byteLength, taken.byteLength);
  })));

for (const count of [0, 1, 1023, 1024, 1025, 5000]) {
  Deno.test(`there is room for ${count} numbers, and for three thousand at a time`, () => {
    const all = Array.from({ length: count }, (_, at) => at);
    const numbers = new Numbers();
    for (const number of all) numbers.add(number);
    const more = Array.from({ length: 3000 }, (_, at) => -at);
    numbers.add(...more);
    assert.deepEqual([...numbers.take()], [...all, ...more]);
  });
}
