import assert from "node:assert/strict";
import { estimateMemory, partsAtOnce } from "../../lib/backup/memory_estimate.ts";
import { threadsFor } from "../../lib/workers/pool.ts";
import { directory, file } from "../source/tree.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { commandLine, jsonLines, nightdrop } from "../support/nightdrop.ts";
import { noise } from "../support/sample_tree.ts";
import { HOST, withSetup } from "../support/setup.ts";
import { writeTree } from "../source/tree.ts";

const MIB = 2 ** 20;
const directoryStore = { kind: "directory" } as const;

Deno.test("planned memory is the program, its threads, and parts: one more than jobs, three where the first thread helps", () => {
  const planned = (jobs: number, partSize: number): number[] => {
    const { bytes, parts, threads } = estimateMemory({
      jobs,
      partSize: partSize * MIB,
      store: directoryStore,
    });
    return [bytes / MIB, parts, threads];
  };
  assert.deepEqual(planned(1, 16), [177, 2, 0]);
  assert.deepEqual(planned(2, 16), [240, 5, 1]);
  assert.deepEqual(planned(4, 16), [285, 5, 4]);
  assert.deepEqual(planned(4, 1), [210, 5, 4]);
});

Deno.test("a bucket takes more than a directory, whatever the jobs and parts", () => {
  const at = (kind: "s3" | "directory", jobs: number): number =>
    estimateMemory({ jobs, partSize: MIB, store: { kind } }).bytes;
  assert.equal(at("s3", 1) - at("directory", 1), 15 * MIB);
  assert.equal(at("s3", 8) - at("directory", 8), 15 * MIB);
});

for (const jobs of [1, 2, 3]) {
  foreignTest(
    ["time"],
    `a backup with ${jobs} at a time takes about what a dry run says, and no more`,
    () =>
      withSetup(
        async (at, source) => {
          const parts = 3 * partsAtOnce(jobs);
          const holds = Array.from(
            { length: parts },
            (_, part) => [`${part}`, file(noise(7 * MIB, part + 1))],
          );
          writeTree(`${source}/noise`, directory(Object.fromEntries(holds)));
          const backup = ["backup", "--host", HOST];
          const dry = await nightdrop([...backup, "--dry-run", "--json"], { cwd: at });
          const { memory } = jsonLines(dry.text).at(-1);
          assert.deepEqual([memory.parts, memory.threads], [partsAtOnce(jobs), threadsFor(jobs)]);
          await must("time", ["-f", "%M", "-o", `${at}/peak`, ...commandLine([...backup, "--quiet"])], {
            cwd: at,
          });
          const peak = Number(Deno.readTextFileSync(`${at}/peak`)) * 1024;
          assert.ok(peak < 1.1 * memory.bytes && peak > memory.bytes / 2, `${peak} of ${memory.bytes}`);
        },
        "",
        `jobs: ${jobs}, partSize: "8MiB",`,
      ),
  );
}
