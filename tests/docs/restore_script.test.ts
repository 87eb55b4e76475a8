/** `scripts/restore-by-hand`, held against what nightdrop restores. */
import assert from "node:assert/strict";
import { dirname } from "node:path/posix";
import { DAY_MS } from "../../lib/model/day.ts";
import type { Dump } from "../../lib/config/types.ts";
import { assertSameTree, directory, file } from "../source/tree.ts";
import { foreignTest, type Ran, run } from "../support/foreign.ts";
import { type Life, withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { TOOLS } from "./by_hand.ts";

const script = new URL("../../scripts/restore-by-hand", import.meta.url).pathname;

/** Writes the objects of the store into a directory. Returns that of a snapshot. */
function fetched({ store, directory, host }: Life, snapshot: string): string {
  for (const [key, { bytes }] of store.objects) {
    Deno.mkdirSync(dirname(`${directory}/fetched/${key}`), { recursive: true });
    Deno.writeFileSync(`${directory}/fetched/${key}`, bytes);
  }
  return `${directory}/fetched/${host.name}/${snapshot}`;
}

function byScript(
  { privateFile }: Life,
  signer: string,
  from: string,
  args: readonly string[],
): Promise<Ran> {
  return run(script, ["--signer", signer, "--identity", privateFile, from, ...args]);
}

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
      const from = fetched(life, snapshot);
      const before = [...Deno.readDirSync(from)].length;
      const restore = (signer: string, ...args: string[]): Promise<Ran> => byScript(life, signer, from, args);
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

      const needed = receipt.needs[0]!;
      const [number] = needed.volumes[0]!; // not each volume of the older snapshot is needed
      const older = `${life.directory}/fetched/${life.host.name}/${needed.snapshot}`;
      const volume = [...Deno.readDirSync(older)].find(({ name }) => Number(name.slice(0, 6)) === number)!;
      const bytes = Deno.readFileSync(`${older}/${volume.name}`);
      Deno.writeFileSync(`${older}/${volume.name}`, bytes.map((it, at) => at === 100 ? it ^ 1 : it));
      const damaged = await restore(fingerprint, `${life.directory}/damaged`);
      assert.notEqual(damaged.code, 0);
      assert.throws(() => Deno.statSync(`${life.directory}/damaged`), Deno.errors.NotFound);
    }),
);

/** Dumps: one that is longer than a part, an empty one, and one that fails after its beginning was stored. */
const NOISE = "head -c 200000 /dev/urandom | base64";
const DUMPS = [["large.sql", `${NOISE} | tee large`], ["empty", "true"], [
  "broken",
  `${NOISE}; exit 9`,
]] as const;

for (const compression of [{ kind: "zstd", level: 3 }, { kind: "gzip" }, { kind: "none" }] as const) {
  foreignTest(
    [...TOOLS, "gzip"],
    `the script restores files and dumps of a snapshot with compression ${compression.kind}`,
    () =>
      withLife(directory({ old: file("old\n"), below: directory({ a: file("a\n") }) }), async (life) => {
        await life.backup();
        Deno.writeTextFileSync(`${life.source}/new`, "new\n");
        life.now += DAY_MS;
        const dumps = DUMPS.map(([name, line]): Dump => {
          const command = ["sh", "-c", `cd ${life.directory}; ${line}`] as const;
          return { name, command, user: undefined, timeLimit: 60_000 };
        });
        const { snapshot } = await life.backup({}, { dumps });
        const { receipt } = await life.snapshot(snapshot);
        assert.deepEqual([receipt.compression, receipt.needs.length, receipt.unread], [
          compression.kind,
          1,
          1,
        ]);
        const from = fetched(life, snapshot);
        const restore = async (...args: string[]): Promise<void> => {
          const { code, stderr } = await byScript(life, receipt.signer.fingerprint, from, args);
          assert.equal(code, 0, stderr);
        };

        const whole = `${life.directory}/whole`;
        await restore(whole);
        assertSameTree(`${whole}${life.source}`, life.source);
        assert.deepEqual(namesIn(`${whole}/nightdrop-dumps`), ["empty", "large.sql"]);
        const large = Deno.readFileSync(`${whole}/nightdrop-dumps/large.sql`);
        assert.deepEqual(large, Deno.readFileSync(`${life.directory}/large`));
        assert.equal(Deno.statSync(`${whole}/nightdrop-dumps/empty`).size, 0);

        const one = `${life.directory}/one`;
        await restore(one, "/nightdrop-dumps/large.sql");
        assert.deepEqual([namesIn(one), namesIn(`${one}/nightdrop-dumps`)], [["nightdrop-dumps"], [
          "large.sql",
        ]]);
      }, { compression }),
  );
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}
