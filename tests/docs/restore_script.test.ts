/** `scripts/restore-by-hand`, held against what nightdrop restores. */
import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { assertSameTree } from "../source/tree.ts";
import { foreignTest, type Ran, run } from "../support/foreign.ts";
import { withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { TOOLS } from "./by_hand.ts";

const script = new URL("../../scripts/restore-by-hand", import.meta.url).pathname;

foreignTest(
  TOOLS,
  "the script restores an incremental snapshot, or one path of it, and refuses a signer and an object that differ",
  () =>
    withLife(sampleTree(), async (life) => {
      await life.backup();
      Deno.writeTextFileSync(`${life.source}/new file`, "new");
      life.now += DAY_MS;
      const { snapshot } = await life.backup();
      const { receipt } = await life.snapshot(snapshot);
      assert.ok(receipt.needs.length > 0);
      for (const [key, { bytes }] of life.store.objects) {
        Deno.mkdirSync(`${life.directory}/fetched/${key.slice(0, key.lastIndexOf("/"))}`, {
          recursive: true,
        });
        Deno.writeFileSync(`${life.directory}/fetched/${key}`, bytes);
      }
      const from = `${life.directory}/fetched/${life.host.name}/${snapshot}`;
      const before = [...Deno.readDirSync(from)].length;
      const restore = (signer: string, ...args: string[]): Promise<Ran> =>
        run(script, ["--signer", signer, "--identity", life.privateFile, from, ...args]);
      const { fingerprint } = receipt.signer;

      const whole = await restore(fingerprint.toUpperCase(), `${life.directory}/whole`);
      assert.equal(whole.code, 0, whole.stderr);
      assertSameTree(`${life.directory}/whole${life.source}`, life.source);
      assert.equal([...Deno.readDirSync(from)].length, before, "nothing is written beside the objects");

      const one = await restore(fingerprint, `${life.directory}/one`, `${life.source}/new file`);
      assert.equal(one.code, 0, one.stderr);
      assert.deepEqual([...Deno.readDirSync(`${life.directory}/one${life.source}`)].map(({ name }) => name), [
        "new file",
      ]);

      const missing = await restore(fingerprint, `${life.directory}/none`, "/no/such/path");
      assert.match(missing.stderr, /^error: The snapshot has no path \/no\/such\/path\nhint: /m);
      const forged = await restore("0".repeat(40), `${life.directory}/forged`);
      assert.match(forged.stderr, /^error: No receipt in .* is signed by 0+\n/m);

      const older = `${life.directory}/fetched/${life.host.name}/${receipt.needs[0]!.snapshot}`;
      const volume = [...Deno.readDirSync(older)].find(({ name }) => name.startsWith("00"))!;
      const bytes = Deno.readFileSync(`${older}/${volume.name}`);
      Deno.writeFileSync(`${older}/${volume.name}`, bytes.map((it, at) => at === 100 ? it ^ 1 : it));
      const damaged = await restore(fingerprint, `${life.directory}/damaged`);
      assert.notEqual(damaged.code, 0);
      assert.throws(() => Deno.statSync(`${life.directory}/damaged`), Deno.errors.NotFound);
    }),
);
