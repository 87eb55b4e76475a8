import assert from "node:assert/strict";
import type { Contents } from "../../lib/catalog/contents.ts";
import { ScannedTree } from "../../lib/catalog/scanned_tree.ts";
import { PathKeys } from "../../lib/catalog/path_key.ts";

Deno.test("paths that are gone are counted as they are listed, not a second time", () => {
  let scans = 0;
  const keys = new PathKeys([]);
  const entries = {
    *gone(): Generator<{ key: string; volume: number }> {
      scans += 1;
      for (const name of ["a", "b", "c"]) yield { key: keys.of(name), volume: 1 };
    },
  };
  const volumes = {
    get: (seq: number) => ({ seq, snapshot: "older", unclaimed: null, receipt: null }),
    lines: () => [],
  };
  const tree = new ScannedTree({ entries, volumes } as unknown as Contents, "newer");
  tree.keep({ key: keys.of("d"), volume: 1, size: 5, signature: "s", gone: false });
  assert.equal([...tree.rest(0)].length, 3);
  assert.equal(tree.summary(0).gone, 3);
  assert.equal(scans, 1);
});
