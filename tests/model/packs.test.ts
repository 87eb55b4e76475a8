import assert from "node:assert/strict";
import type { Entry } from "../../lib/model/entry.ts";
import { Packs } from "../../lib/model/packs.ts";

function entry(at: number): Entry {
  const common = { mode: 0o777, uid: at, gid: 0, user: "", group: "root", mtime: 1 - at, size: 0 };
  return at % 2 === 0
    ? { ...common, path: `directory \n \u2028 "${at}"`, type: "directory" }
    : { ...common, path: `é/${at}`, type: "symlink", link: "\ufeff😀\n" };
}

for (const count of [0, 1, 2, 30_000]) {
  Deno.test(`${count} entries come as they were, in order, as often as they are wanted`, () => {
    const entries = Array.from({ length: count }, (_, at) => entry(at));
    const packs = new Packs();
    for (const it of entries) packs.add(it);
    assert.deepEqual([...packs], entries);
    assert.deepEqual([...packs], entries);
  });
}
