import assert from "node:assert/strict";
import { PathMap } from "../../lib/model/path_map.ts";

Deno.test("a map of paths finds the paths that it was given, and no others", () => {
  const places = new PathMap([["", 0], ["srv", 1], ["srv/data", 2]]);
  for (const [path, place] of [["", 0], ["srv", 1], ["srv/data", 2]] as const) {
    assert.equal(places.get(path), place);
    assert.ok(places.has(path));
  }
  for (const path of ["etc", "srv/", "srv/date", "srv/data/x"]) {
    assert.equal(places.get(path), undefined);
    assert.ok(!places.has(path));
  }
});
