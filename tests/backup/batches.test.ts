import assert from "node:assert/strict";
import { MAX_PACK_BYTES, unpacked } from "../../lib/model/pack.ts";
import { batches } from "../../lib/backup/batches.ts";
import type { SourceEntry } from "../../lib/source/walk.ts";

function* entries(count: number, changes: Partial<SourceEntry> = {}): Generator<SourceEntry> {
  for (let at = 0; at < count; at += 1) {
    const path = `srv/${at}`;
    const owner = { mode: 0o644, uid: 0, gid: 0, user: "root", group: "root" };
    const inode = { file: `/${path}`, dev: 1, ino: at, nlink: 1, ctime: 0 };
    yield { path, type: "file", size: 0, mtime: 0, ...owner, ...inode, ...changes };
  }
}

Deno.test("a batch has no more entries than a volume may hold, and loses none", () => {
  const all = [...batches(entries(7000), 2 ** 28)];
  assert.deepEqual(all.map(({ count }) => count), [3000, 3000, 1000]);
  assert.deepEqual(
    all.flatMap((batch) => [...unpacked(batch)].map(({ path }) => path)),
    [...entries(7000)].map(({ path }) => path),
  );
});

Deno.test("a batch takes no more archive than its limit, but for an entry that is larger", () => {
  assert.deepEqual([...batches(entries(5, { size: 1000 }), 4000)].map(({ count }) => count), [2, 2, 1]);
  assert.deepEqual([...batches(entries(3, { size: 9000 }), 4000)].map(({ count }) => count), [1, 1, 1]);
  assert.deepEqual([...batches([], 4000)], []);
});

Deno.test("the longest names do not make a batch larger than readers allow", () => {
  const long = { type: "symlink", link: "x".repeat(4095) } as const;
  const named = entries(3000, long).map((entry) => ({ ...entry, path: `${"d/".repeat(2000)}${entry.path}` }));
  const all = [...batches(named, 2 ** 28)];
  assert.ok(all.length > 1);
  for (const { texts, numbers } of all) assert.ok(texts.byteLength + numbers.byteLength <= MAX_PACK_BYTES);
});
