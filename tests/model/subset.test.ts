import assert from "node:assert/strict";
import fc from "fast-check";
import { DAY_MS } from "../../lib/model/day.ts";
import { isInSubset, MAX_SUBSETS, subsetOf } from "../../lib/model/subset.ts";

const DIGEST = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Uint8Array(bytes).toHex());

Deno.test("n days in a row read every object exactly once, whichever day is the first", () => {
  const anyDay = fc.integer({ min: 0, max: 60_000 });
  const property = fc.property(
    DIGEST,
    anyDay,
    fc.integer({ min: 2, max: MAX_SUBSETS }),
    (digest, first, of) => {
      const days = Array.from({ length: of }, (_, at) => new Date((first + at) * DAY_MS + 12_345));
      assert.equal(days.filter((day) => isInSubset(digest, subsetOf(day, of))).length, 1);
    },
  );
  fc.assert(property, { numRuns: 200 });
});

Deno.test("a subset is the same all day in UTC, and the next one the day after", () => {
  const parts = ["2026-11-28T00:00:00Z", "2026-11-28T23:59:59.999Z", "2026-11-29T00:00:00Z"]
    .map((time) => subsetOf(new Date(time), 30).part);
  assert.deepEqual(parts, [25, 25, 26]);
});

Deno.test("the subsets of many objects are about equally large", () => {
  const digests = Array.from({ length: 30_000 }, () => crypto.getRandomValues(new Uint8Array(32)).toHex());
  for (let part = 0; part < 30; part++) {
    const count = digests.filter((it) => isInSubset(it, { part, of: 30 })).length;
    assert.ok(count > 800 && count < 1200, `${part}: ${count}`);
  }
});
