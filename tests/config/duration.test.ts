import assert from "node:assert/strict";
import { parseDuration } from "../../lib/config/duration.ts";

for (
  const [text, milliseconds] of [
    ["1 s", 1000],
    ["90 min", 5_400_000],
    ["90m", 5_400_000],
    ["6h", 21_600_000],
    ["1.5h", 5_400_000],
    ["2 d", 172_800_000],
    ["0 s", 0],
    ["24 d", 2_073_600_000],
  ] as const
) {
  Deno.test(`"${text}" is ${milliseconds} milliseconds`, () => {
    assert.equal(parseDuration(text), milliseconds);
  });
}

Deno.test("ambiguous durations are refused", () => {
  for (
    const text of [
      "",
      "6",
      "6 hours",
      "6H",
      "6M",
      "-1 h",
      "1  h",
      " 1 h",
      "1h30m",
      "1e3 s",
      ".5 h",
      "1. h",
      "25 d",
      "2073601 s",
    ]
  ) {
    assert.ok(Number.isNaN(parseDuration(text)), text);
  }
});
