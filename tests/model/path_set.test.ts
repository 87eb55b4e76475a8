import assert from "assert";
import fc from "property";
import { PathSet } from "../../lib/model/path_set.ts";

Deno.test("a set of paths is a set, through all its growing", () => {
  fc.assert(fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 200 }), (paths) => {
    const [set, expected] = [new PathSet(), new Set<string>()];
    for (const path of paths) {
      assert.equal(set.has(path), expected.has(path));
      assert.equal(set.add(path), !expected.has(path));
      expected.add(path);
    }
  }));
  const large = new PathSet();
  for (let at = 0; at < 20_000; at += 1) assert.ok(large.add(`path/${at}`));
  for (let at = 0; at < 20_000; at += 1) assert.ok(!large.add(`path/${at}`) && !large.has(`other/${at}`));
});
