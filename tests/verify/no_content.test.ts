import assert from "node:assert/strict";
import { directory, file } from "../source/tree.ts";
import { withDrill } from "../support/drill.ts";

const TREE = directory({ a: file("one"), b: file("two") });

Deno.test("a verification without content reads receipts only, and misses no object that is gone", () =>
  withDrill(TREE, async (drill) => {
    await drill.backup();
    await drill.backup();
    const good = await drill.verify({ content: false });
    assert.deepEqual([good.snapshots, good.objects, good.damages], [2, 0, 0]);
    for (const [name, object] of [...drill.store.objects]) {
      drill.store.objects.delete(name);
      const { damages } = await drill.verify({ content: false });
      assert.ok(damages > 0, name);
      drill.store.objects.set(name, object);
    }
  }));

Deno.test("a verification without content does not look for bytes that changed", () =>
  withDrill(TREE, async (drill) => {
    await drill.backup();
    const [name, object] = [...drill.store.objects].find(([name]) => name.includes(".tar"))!;
    const bytes = object.bytes.slice();
    bytes[bytes.length >> 1]! ^= 1;
    drill.store.objects.set(name, { ...object, bytes });
    assert.equal((await drill.verify({ content: false })).damages, 0);
    assert.equal((await drill.verify()).damages, 1);
  }));
