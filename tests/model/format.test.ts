import assert from "node:assert/strict";
import { formatCount } from "../../lib/model/format.ts";

Deno.test("a count has a comma before each three digits, as English texts have", () => {
  for (const count of [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 2 ** 53 - 1]) {
    assert.equal(formatCount(count), count.toLocaleString("en-US"));
  }
});
