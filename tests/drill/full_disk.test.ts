import assert from "node:assert/strict";
import { DEFAULT_DRILL } from "../../lib/config/drill.ts";
import { restoreByNightdrop, type Restorer } from "../../lib/drill/restorer.ts";
import { directory, file } from "../source/tree.ts";
import { withScenario } from "../support/scenario.ts";
import { must, rootForeignTest, run } from "../support/foreign.ts";
import { noise } from "../support/sample_tree.ts";
import { checksOf, rehearse } from "./rehearsal.ts";

const FILES = directory(Object.fromEntries([1, 2, 3, 4].map((n) => [`f${n}`, file(noise(500_000, n))])));
const ALL = { drill: { ...DEFAULT_DRILL, files: 100 } };

rootForeignTest(
  ["mount"],
  "a full disk is a check that has not run, before or while files are written, and nothing is left",
  () =>
    withScenario(FILES, async (it) => {
      await it.backup();
      const temp = `${it.directory}/temp`;
      Deno.mkdirSync(temp);
      await must("mount", ["-t", "tmpfs", "-o", "size=20m,mode=700", "none", temp]);
      try {
        // It is filled after the free space was checked.
        const filling: Restorer = async (order, run) => {
          Deno.writeFileSync(`${order.target}/../filler`, new Uint8Array(19 * 2 ** 20));
          await restoreByNightdrop()(order, run);
        };
        for (const size of ["20m", "8m"]) {
          await run("mount", ["-o", `remount,size=${size}`, temp]);
          const found = await rehearse(it, { host: ALL, restore: filling });
          assert.equal(found.state, "not run");
          const entries = checksOf(found).filter(({ subject }) => subject === "entry");
          assert.ok(entries.length > 4 && entries.every(({ state }) => state === "not run"));
          assert.match(
            entries[0]!.reason!,
            size === "20m" ? /ENOSPC|No space left/ : /bytes free.*--temp DIR/,
          );
          assert.deepEqual([...Deno.readDirSync(temp)], []);
        }
      } finally {
        await run("umount", [temp]);
      }
    }),
);
