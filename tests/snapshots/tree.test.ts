/** The tree of a snapshot: its layers, what a missing one costs, and what is wrong between them. */
import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import { Tree } from "../../lib/snapshots/tree.ts";
import { type ObjectReader, StoreError } from "../../lib/store/contract.ts";
import { file, thing } from "../archive/making.ts";
import { directory } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { type ForgedLink, forgeTree } from "../support/forged_tree.ts";
import { idAt } from "../support/forger.ts";

const SIGNAL = new AbortController().signal;
const [FIRST, SECOND, THIRD] = ["20261121", "20261122", "20261123"].map((day) => idAt(`${day}T050000`)) as [
  string,
  string,
  string,
];

/** Three snapshots of which each needs those before it; `a` is in all, `gone` only in the first. */
async function threeLayers(scenario: Scenario): Promise<[ForgedLink, ForgedLink, ForgedLink]> {
  const items = [file("a", "1"), file("b", "1"), file("gone", "1"), thing("h", "hardlink", { link: "b" })];
  const first = await forgeTree(scenario, { id: FIRST, volumes: [{ items }] });
  const needsFirst = [first, [[1, 1]]] as const;
  const second = await forgeTree(scenario, {
    id: SECOND,
    volumes: [{ items: [file("a", "22"), file("c", "2")] }],
    gone: ["gone"],
    needs: [needsFirst],
    receipt: { entries: 4, bytes: 4 },
  });
  const third = await forgeTree(scenario, {
    id: THIRD,
    volumes: [{ items: [file("a", "333")] }],
    gone: ["gone"],
    needs: [[second, [[1, 1]]], needsFirst],
    receipt: { entries: 4, bytes: 5 },
  });
  return [first, second, third];
}

async function opened(
  scenario: Scenario,
  id: string = THIRD,
  own: ObjectReader = scenario.store.reader,
): Promise<Tree> {
  return await Tree.open(
    await scenario.snapshot(id),
    scenario.store.reader,
    scenario.identities,
    SIGNAL,
    own,
  );
}

/** What can be restored, and the reasons of what cannot. */
async function judged(tree: Tree): Promise<{ good: string[]; lost: string[] }> {
  const good: string[] = [];
  await tree.each(({ path, size }) => good.push(`${path} ${size}`));
  const lost: string[] = [];
  const scan = tree.scan(({ entry, reason }) => lost.push(`${entry?.path ?? "-"}: ${reason}`));
  for await (const _ of scan.volumes());
  for (const _ of scan.links());
  return { good, lost };
}

/** Removes the objects of a snapshot that a predicate takes. */
function remove(scenario: Scenario, id: string, isOne: (name: string) => boolean): void {
  for (const key of [...scenario.store.objects.keys()]) {
    if (key.includes(`/${id}/`) && isOne(key.split("/").at(-1)!)) scenario.store.objects.delete(key);
  }
}

Deno.test("a tree has each path once, from the newest layer that holds it, and links last", () =>
  withScenario(directory({}), async (scenario) => {
    await threeLayers(scenario);
    assert.deepEqual(await judged(await opened(scenario)), { good: ["a 3", "c 1", "b 1", "h 0"], lost: [] });
    assert.deepEqual((await judged(await opened(scenario, SECOND))).good, ["a 2", "c 1", "b 1", "h 0"]);
    assert.deepEqual((await judged(await opened(scenario, FIRST))).good, ["a 1", "b 1", "gone 1", "h 0"]);
  }));

/** What a scan says of the third snapshot when it has not found the entry of the second. */
const FEWER = "-: The indexes list 3 entries where the receipt announces 4";

Deno.test("a layer whose receipt is missing loses what it holds, and the others are good", () =>
  withScenario(directory({}), async (scenario) => {
    await threeLayers(scenario);
    remove(scenario, SECOND, (name) => name.startsWith("receipt-"));
    const { good, lost } = await judged(await opened(scenario));
    assert.deepEqual(good, ["a 3", "b 1", "h 0"]);
    assert.match(lost[0]!, new RegExp(`^-: .*${SECOND}.* is missing`));
    assert.deepEqual(lost.slice(1), [FEWER]);
  }));

Deno.test("a layer whose index is missing or damaged loses what it holds, and the others are good", () =>
  withScenario(directory({}), async (scenario) => {
    await threeLayers(scenario);
    const [key, { bytes }] = [...scenario.store.objects].find(([name]) =>
      name.includes(`/${SECOND}/index.`)
    )!;
    bytes[bytes.length >> 1]! ^= 1;
    for (const change of [(): void => {}, (): void => void scenario.store.objects.delete(key)]) {
      change();
      const { good, lost } = await judged(await opened(scenario));
      assert.deepEqual(good, ["a 3", "b 1", "h 0"]);
      assert.match(lost[0]!, new RegExp(`^-: ${SECOND}: index`));
      assert.deepEqual(lost.slice(1), [FEWER]);
    }
  }));

Deno.test("a snapshot without its own index is damage, not an empty tree", () =>
  withScenario(directory({}), async (scenario) => {
    await threeLayers(scenario);
    remove(scenario, THIRD, (name) => name.startsWith("index."));
    await assert.rejects(judged(await opened(scenario)), Damage);
  }));

Deno.test("the given reader reads only the snapshot's own index", () =>
  withScenario(directory({}), async (scenario) => {
    await threeLayers(scenario);
    const asked: string[] = [];
    const { reader } = scenario.store;
    const own: ObjectReader = {
      list: reader.list,
      get: (name, options) => {
        asked.push(name);
        return reader.get(name, options);
      },
    };
    await (await opened(scenario, THIRD, own)).each(() => {});
    assert.ok(asked.length > 0 && asked.every((name) => name.includes(`/${THIRD}/index.`)), asked.join());
  }));

Deno.test("a store that is away while the layers are opened is an error of the store, no damage", () =>
  withScenario(directory({}), async (scenario) => {
    await threeLayers(scenario);
    const snapshot = await scenario.snapshot(THIRD);
    const error = new StoreError("unreachable", "away");
    const reader = { ...scenario.store.reader, get: () => Promise.reject(error) };
    await assert.rejects(Tree.open(snapshot, reader, scenario.identities, SIGNAL), (it) => it === error);
  }));

Deno.test("a snapshot that needs a volume which is not there, or a newer snapshot, is a loss with its reason", () =>
  withScenario(directory({}), async (scenario) => {
    const [first, , third] = await threeLayers(scenario);
    const items = [file("a", "4")];
    const needs: [needed: ForgedLink, volume: number, reason: RegExp][] = [
      [first, 2, new RegExp(`volume 2 of ${FIRST}, which has only 1`)],
      [third, 1, new RegExp(`needs ${THIRD}, which is newer than itself`)],
    ];
    for (const [needed, volume, reason] of needs) {
      const id = idAt("20261121T060000", volume);
      await forgeTree(scenario, { id, volumes: [{ items }], needs: [[needed, [[volume, volume]]]] });
      scenario.store.objects.forEach((it, key) => {
        if (key.includes(`/${id}/`)) scenario.store.objects.set(key, { ...it, storedAt: new Date(0) });
      });
      const { lost } = await judged(await opened(scenario, id));
      assert.ok(lost.some((it) => reason.test(it)), lost.join("\n"));
    }
  }));
