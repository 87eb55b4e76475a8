import assert from "node:assert/strict";
import { directory, file } from "../source/tree.ts";
import { withScenario } from "../support/scenario.ts";

const TREE = directory({ a: file("one"), b: file("two") });

Deno.test("a verification without content reads receipts only, and misses no object that is gone", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    await scenario.backup();
    const good = await scenario.verify({ content: false });
    assert.deepEqual([good.snapshots, good.objects, good.damages], [2, 0, 0]);
    for (const [name, object] of [...scenario.store.objects]) {
      scenario.store.objects.delete(name);
      const { damages } = await scenario.verify({ content: false });
      assert.ok(damages > 0, name);
      scenario.store.objects.set(name, object);
    }
  }));

Deno.test("a verification without content does not look for bytes that changed", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    const [name, object] = [...scenario.store.objects].find(([name]) => name.includes(".tar"))!;
    const bytes = object.bytes.slice();
    bytes[bytes.length >> 1]! ^= 1;
    scenario.store.objects.set(name, { ...object, bytes });
    assert.equal((await scenario.verify({ content: false })).damages, 0);
    assert.equal((await scenario.verify()).damages, 1);
  }));
