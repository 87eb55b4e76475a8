/** The recipe of `docs/RESTORE-BY-HAND.md` for snapshots that build upon others, run as it is printed. */
import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { assertSameTree } from "../source/tree.ts";
import { foreignTest } from "../support/foreign.ts";
import { type Life, Mischief, withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { byHand, recipe, TOOLS } from "./by_hand.ts";

/** Writes the store out as a directory, as an S3 client would. */
function fetchAll(life: Life): string {
  const root = `${life.directory}/fetched`;
  for (const [key, { bytes }] of life.store.objects) {
    Deno.mkdirSync(`${root}/${key.slice(0, key.lastIndexOf("/"))}`, { recursive: true });
    Deno.writeFileSync(`${root}/${key}`, bytes);
  }
  return `${root}/${life.host.name}`;
}

foreignTest(
  TOOLS,
  "the printed recipe restores every snapshot of a changing tree exactly",
  () =>
    withLife(sampleTree(), async (life) => {
      const mischief = new Mischief(life.source, 11);
      const made: [snapshot: string, copy: string][] = [];
      for (let day = 0; day < 4; day += 1) {
        mischief.do(15);
        if (day === 2) await breakOff(life);
        made.push([(await life.backup()).snapshot, await life.copy()]);
        life.now += 3 * DAY_MS;
      }
      assert.ok((await life.snapshot(made[3]![0])).receipt.needs.length > 1);
      const directory = fetchAll(life);
      for (const [snapshot, copy] of made) {
        await byHand(life, `${directory}/${snapshot}`, recipe());
        assertSameTree(`${directory}/${snapshot}/restored${life.source}`, copy);
        assert.equal(
          [...Deno.readDirSync(`${directory}/${snapshot}/restored`)].length,
          1,
          "and nothing else",
        );
      }
    }),
);

/** A run that has stored two volumes. */
async function breakOff(life: Life): Promise<void> {
  const { writer } = life.store;
  let left = 2;
  const breaking = {
    ...writer,
    put: (...args: Parameters<typeof writer.put>): Promise<Date | undefined> =>
      left-- > 0 ? writer.put(...args) : Promise.reject(new StoreError("denied", "closed")),
  };
  await assert.rejects(life.backup({ full: true }, {}, breaking), StoreError);
}

foreignTest(
  TOOLS,
  "the recipe stops at an old or adopted object that differs from its receipt",
  () =>
    withLife(sampleTree(), async (life) => {
      await breakOff(life);
      const { snapshot: first } = await life.backup();
      life.now += DAY_MS / 100;
      const { snapshot } = await life.backup();
      const directory = fetchAll(life);
      const [adopted] = (await life.snapshot(first)).receipt.adopted;
      const [need] = (await life.snapshot(snapshot)).receipt.needs;
      const needed = [[first, need!.volumes[0]![0]], [adopted!.from.snapshot, adopted!.from.number]] as const;
      for (const [from, number] of needed) {
        const name = [...Deno.readDirSync(`${directory}/${from}`)].map((it) => it.name)
          .find((it) => it.startsWith(String(number).padStart(6, "0")))!;
        const bytes = Deno.readFileSync(`${directory}/${from}/${name}`);
        Deno.writeFileSync(`${directory}/${from}/${name}`, bytes.map((it, at) => at === 100 ? it ^ 1 : it));
        await assert.rejects(byHand(life, `${directory}/${snapshot}`, recipe()), /FAILED|WARNING/);
        assert.throws(() => Deno.statSync(`${directory}/${snapshot}/restored`), Deno.errors.NotFound);
        Deno.writeFileSync(`${directory}/${from}/${name}`, bytes);
      }
      for (const digit of ["0", "f"]) { // beside the one that is needed
        Deno.writeTextFileSync(`${directory}/${first}/receipt-${digit.repeat(64)}.json.asc`, "junk");
      }
      await byHand(life, `${directory}/${snapshot}`, recipe());
    }),
);
