import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { files } from "../../lib/snapshots/files.ts";
import { largestSent } from "../../lib/snapshots/largest_sent.ts";
import { directory, file } from "../source/tree.ts";
import { withLife } from "../support/life.ts";

/** Tree with files of many sizes, some of them equal. */
const TREE = directory(
  Object.fromEntries(
    Array.from(
      { length: 3000 },
      (_, at) => [`f${String(at).padStart(4, "0")}`, file("x".repeat((at * 7919) % 100))],
    ),
  ),
);

Deno.test("the largest files that a run sent are those that sorting its whole list gives", () =>
  withLife(TREE, async (life) => {
    const { snapshot: id } = await life.backup();
    const snapshot = await life.snapshot(id);
    const all = (await Array.fromAsync(files(snapshot, [], life.store.reader, life.identities, life.run)))
      .filter(({ type }) => type === "file");
    all.sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1));
    for (const count of [1, 20, 5000]) {
      const { store: { reader }, identities, run } = life;
      const largest = await largestSent(snapshot, reader, identities, count, run.signal);
      assert.deepEqual(largest.map(({ path }) => path), all.slice(0, count).map(({ path }) => path));
    }
  }));

Deno.test("files that an older snapshot sent are not among the largest that a run sent", () =>
  withLife(directory({ large: file("x".repeat(1000)), old: file("old") }), async (life) => {
    await life.backup();
    life.now += DAY_MS;
    Deno.writeTextFileSync(`${life.source}/new`, "new!");
    const { snapshot: id } = await life.backup();
    const { store: { reader }, identities, run } = life;
    const largest = await largestSent(await life.snapshot(id), reader, identities, 20, run.signal);
    assert.deepEqual(largest.map(({ path, size }) => [path.split("/").at(-1), size]), [["new", 4]]);
  }));
