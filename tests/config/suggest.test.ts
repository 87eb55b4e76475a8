import assert from "node:assert/strict";
import { suggest } from "../../lib/config/suggest.ts";

const WORDS = ["exclude", "excludeIfPresent", "excludeCaches", "paths", "state", "store"];

for (
  const [word, expected] of [
    ["exlude", "exclude"],
    ["excludes", "exclude"],
    ["EXCLUDECACHES", "excludeCaches"],
    ["path", "paths"],
    ["stat", "state"],
    ["stores", "store"],
    ["dumps", undefined],
    ["x", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`the suggestion for "${word}" is ${expected}`, () => {
    assert.equal(suggest(word, WORDS), expected);
  });
}
