import assert from "node:assert/strict";
import { Failure } from "../../lib/model/failure.ts";
import { assertSameTree, directory, file } from "../source/tree.ts";
import { restoredSource, withScenario } from "../support/scenario.ts";
import { must, rootForeignTest, run } from "../support/foreign.ts";
import { noise } from "../support/sample_tree.ts";

const FILES = directory(
  Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`f${n}`, file(noise(300_000, n), { mtime: 1e12 })])),
);

rootForeignTest(
  ["mount"],
  "a full disk ends a restore, and with more room it continues with what is complete",
  () =>
    withScenario(FILES, async (scenario) => {
      await scenario.backup();
      const target = `${scenario.directory}/small`;
      Deno.mkdirSync(target);
      await must("mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "none", target]);
      try {
        await assert.rejects(scenario.restore({ target }), (error) => {
          assert.ok(error instanceof Failure);
          assert.match(error.message, /ENOSPC|No space left/);
          return true;
        });
        assert.match(JSON.stringify(scenario.events), /What is complete is kept in .*small.*same command/);
        await run("mount", ["-o", "remount,size=8m", target]);
        const { lost } = await scenario.restore({ target });
        assert.equal(lost, 0);
        assertSameTree(restoredSource(scenario, target), scenario.source);
        assert.equal(Deno.readDirSync(target).toArray().length, 1);
      } finally {
        await run("umount", [target]);
      }
    }),
);
