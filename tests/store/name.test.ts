import assert from "node:assert/strict";
import { checkName, isName, MAX_NAME_BYTES } from "../../lib/store/name.ts";

Deno.test("a name stays within its store and out of hidden files", () => {
  for (
    const name of [
      "a",
      "a/b",
      "a..",
      "a b/c+d",
      "web1/20261123T050000Z-00/index.000000-ab.jsonl.zst.gpg",
      "ä/日/😀",
    ]
  ) {
    assert.ok(isName(name), name);
    assert.doesNotThrow(() => checkName(name));
  }
  for (
    const name of [
      "",
      "/",
      "a/",
      "/a",
      "a//b",
      ".",
      "..",
      "a/..",
      "../a",
      ".a",
      "a/.b",
      "a\0",
      "\udc00",
      "a\ud800/b",
    ]
  ) {
    assert.ok(!isName(name), JSON.stringify(name));
    assert.throws(() => checkName(name), TypeError);
  }
});

Deno.test("names are held to the limits of file systems and S3, in bytes", () => {
  assert.ok(isName("x".repeat(255)));
  assert.ok(!isName("x".repeat(256)));
  assert.ok(isName("é".repeat(127)));
  assert.ok(!isName("é".repeat(128)));
  const longest = "abcd/".repeat(200).slice(0, MAX_NAME_BYTES - 1) + "x";
  assert.equal(longest.length, MAX_NAME_BYTES);
  assert.ok(isName(longest));
  assert.ok(!isName(longest + "x"));
});
