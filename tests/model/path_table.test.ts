import assert from "node:assert/strict";
import fc from "fast-check";
import { PathTable } from "../../lib/model/path_table.ts";
import { processorMs } from "../support/processor.ts";

Deno.test("a table of paths gives what was set, through all its growing", () => {
  fc.assert(fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 200 }), (paths) => {
    const [table, expected] = [new PathTable(), new Map<string, number>()];
    for (const [at, path] of paths.entries()) {
      assert.equal(table.get(path), expected.get(path) ?? 0);
      table.set(path, at + 1);
      expected.set(path, at + 1);
    }
    for (const [path, value] of expected) assert.equal(table.get(path), value);
    assert.equal(table.size, expected.size);
  }));
  const large = new PathTable();
  for (let at = 1; at <= 20_000; at += 1) large.set(`path/${at}`, at);
  for (let at = 1; at <= 20_000; at += 1) assert.equal(large.get(`path/${at}`), at);
  assert.equal(large.get("other/1"), 0);
});

Deno.test("a table of paths visits the directories above a path, the highest first", () => {
  const table = new PathTable();
  table.set("a", 1);
  const seen: number[] = [];
  const add = (value: number): number => (seen.push(value), value || 9);
  assert.equal(table.above("a/b/c/d", add), undefined);
  assert.deepEqual(seen, [1, 0, 0]);
  assert.deepEqual(["a", "a/b", "a/b/c", "a/b/c/d"].map((it) => table.get(it)), [1, 9, 9, 0]);
  assert.equal(
    table.above("a/b/x", (value) => value === 9 ? undefined : value),
    "a/b".length,
    "where it stopped",
  );
  assert.equal(table.above("top", () => assert.fail("nothing is above it")), undefined);
});

Deno.test("the directories above a path take time in proportion to its length", () => {
  const table = new PathTable();
  const began = processorMs();
  for (let at = 0; at < 20; at += 1) table.above(`${"a/".repeat(16_000)}${at}`, () => 1);
  assert.ok(processorMs() - began < 5000, "to hash each from its begin would take a minute");
});
