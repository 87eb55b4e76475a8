import assert from "node:assert/strict";
import fc from "fast-check";
import { isMemberPath, MAX_PATH_BYTES } from "../../lib/model/entry.ts";

Deno.test("a member path is relative, plain and short enough", () => {
  const long = "a/".repeat(MAX_PATH_BYTES / 2 - 1);
  for (
    const good of ["a", "a/b", ".a", "a.", "...", "a/...", "..a/b", " ", "a b", "\n", "ä/☃", `${long}bc`]
  ) {
    assert.ok(isMemberPath(good), good.slice(0, 20));
  }
  for (
    const bad of [
      "",
      "/",
      "/a",
      "a/",
      "a//b",
      ".",
      "..",
      "./a",
      "../a",
      "a/.",
      "a/..",
      "a/./b",
      "a/../b",
      "a\0",
      "\ud800",
      `${long}bcd`,
    ]
  ) assert.ok(!isMemberPath(bad), bad.slice(0, 20));
});

Deno.test("the limit counts bytes of UTF-8", () => {
  fc.assert(
    fc.property(fc.constantFrom("a", "ä", "☃", "𝒳"), fc.integer({ min: -3, max: 3 }), (letter, off) => {
      const bytes = new TextEncoder().encode(letter).length;
      const count = Math.floor(MAX_PATH_BYTES / bytes) + off;
      assert.equal(isMemberPath(letter.repeat(count)), count * bytes <= MAX_PATH_BYTES);
    }),
  );
});

Deno.test("the check is the same as looking at every component", () => {
  const path = fc.array(fc.constantFrom("", ".", "..", "...", "a", ".a", "a."), { maxLength: 6 }).map((
    names,
  ) => names.join("/"));
  fc.assert(fc.property(path, (it) => {
    assert.equal(isMemberPath(it), it.split("/").every((name) => !["", ".", ".."].includes(name)), it);
  }));
});
