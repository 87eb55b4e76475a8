/** `scripts/restore-by-hand` with snapshots of a hostile host, whose signature is good. */
import assert from "node:assert/strict";
import { dirname } from "node:path/posix";
import { file, thing } from "../archive/making.ts";
import { directory } from "../source/tree.ts";
import { foreignTest, type Ran, run } from "../support/foreign.ts";
import { type ForgedTree, forgeTree } from "../support/forged_tree.ts";
import { forger } from "../support/forger.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { TOOLS } from "./by_hand.ts";

const script = new URL("../../scripts/restore-by-hand", import.meta.url).pathname;

/** Runs the script for a forged snapshot, which lies in a directory with a space in its name. */
async function restored(scenario: Scenario, tree: ForgedTree, target: string): Promise<Ran> {
  const { snapshot } = await forgeTree(scenario, tree);
  const { store, host, privateFile } = scenario;
  const at = `${scenario.directory}/the store`;
  for (const [key, { bytes }] of store.objects) {
    Deno.mkdirSync(dirname(`${at}/${key}`), { recursive: true });
    Deno.writeFileSync(`${at}/${key}`, bytes);
  }
  const from = `${at}/${host.name}/${snapshot}`;
  return await run(script, ["--signer", forger.fingerprint, "--identity", privateFile, from, target]);
}

foreignTest(
  TOOLS,
  "the script writes no dump through a link that the host put in its place",
  () =>
    withScenario(directory({}), async (scenario) => {
      const outside = `${scenario.directory}/outside`;
      Deno.mkdirSync(outside);
      const dump = { dump: true, items: [file("nightdrop-dumps/evil", "evil\n")] };
      const links: Record<string, ForgedTree> = {
        directory: { volumes: [{ items: [thing("nightdrop-dumps", "symlink", { link: outside })] }, dump] },
        file: {
          volumes: [{
            items: [
              thing("nightdrop-dumps", "directory", { mode: 0o755 }),
              thing("nightdrop-dumps/evil", "symlink", { link: `${outside}/evil` }),
            ],
            lines: [],
          }, dump],
        },
      };
      for (const [name, tree] of Object.entries(links)) {
        const { code, stderr } = await restored(scenario, tree, `${scenario.directory}/${name}`);
        assert.deepEqual([...Deno.readDirSync(outside)], [], `${name}: ${code} ${stderr}`);
      }
    }),
);

foreignTest(
  TOOLS,
  "the script prints nothing raw that the host wrote, and refuses names that are none",
  () =>
    withScenario(directory({}), async (scenario) => {
      const evil = "\x1b]0;x\x07\u202e";
      const needs = [{ snapshot: `../../${evil}`, receipt: "0".repeat(64), volumes: [[1, 1]] }] as never;
      for (const receipt of [{ host: evil }, { snapshot: evil }, { unread: evil as never }, { needs }]) {
        const tree = { volumes: [{ items: [file("a", "a")] }], receipt };
        const { code, stderr, stdout } = await restored(scenario, tree, `${scenario.directory}/out`);
        assert.notEqual(code, 0);
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(stdout + stderr, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
        assert.match(stderr, /^error: The receipt is malformed\nhint: /m);
      }
    }),
);

foreignTest(
  TOOLS,
  "the script restores into no directory that another user made while it read the index",
  () =>
    withScenario(directory({}), async (scenario) => {
      const target = `${scenario.directory}/out`;
      Deno.symlinkSync(`${scenario.directory}/other`, target);
      const { stderr } = await restored(scenario, { volumes: [{ items: [file("a", "a")] }] }, target);
      assert.match(stderr, /exists/);
      assert.throws(() => Deno.lstatSync(`${scenario.directory}/other`), Deno.errors.NotFound);
    }),
);
