import assert from "node:assert/strict";
import { median, race, summary } from "../../scripts/bench/measure.ts";
import { foreignTest } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

Deno.test("a median is the middle value, or lies between the middle two", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 1, 4, 2]), 3);
});

Deno.test("a summary consists of medians, and of the maximum memory", () => {
  const measure = (wall: number, peak: number, stored?: number) => ({ wall, cpu: 2 * wall, peak, stored });
  assert.deepEqual(summary([measure(1, 7, 5), measure(9, 3, 6), measure(2, 4, 7)]), measure(2, 7, 6));
  assert.equal(summary([measure(1, 7)]).stored, undefined);
});

foreignTest(
  ["time"],
  "contenders run in turn, a first time without counting, each after its preparation",
  () =>
    withDirectory(async (scratch) => {
      const store = `${scratch}/store`;
      const trace: string[] = [];
      const contender = (name: string, script: string) => ({
        name,
        prepare: () => Promise.resolve(trace.push(`${name} prepares`)),
        script: `echo ${name} >> ${scratch}/trace; ${script}`,
      });
      const { signal } = new AbortController();
      const [first, second] = await race([
        { ...contender("grows", `head -c 1000 /dev/zero >> ${store}/file`), store },
        contender("computes", "for i in {1..20000}; do :; done"),
      ], { runs: 2, scratch, signal });
      const order = Deno.readTextFileSync(`${scratch}/trace`).trim().split("\n");
      assert.deepEqual(order, ["grows", "computes", "grows", "computes", "grows", "computes"]);
      assert.equal(trace.length, 6);
      assert.equal(first!.stored, 1000, "what a run adds, not what is there");
      assert.equal(second!.stored, undefined);
      for (const { cpu, peak } of [first!, second!]) assert.ok(cpu >= 0 && peak > 1e6 && peak < 1e8);
    }),
);

foreignTest(
  ["time"],
  "without a warm-up every run counts",
  () =>
    withDirectory(async (scratch) => {
      const script = `echo >> ${scratch}/trace`;
      const { signal } = new AbortController();
      await race([{ name: "runs", script }], { runs: 2, warmUp: false, scratch, signal });
      assert.equal(Deno.readTextFileSync(`${scratch}/trace`), "\n\n");
    }),
);

foreignTest(
  ["time"],
  "a contender that fails ends the race, and so does an interruption before a run",
  () =>
    withDirectory(async (scratch) => {
      const terms = { runs: 1, scratch, signal: new AbortController().signal };
      await assert.rejects(race([{ name: "fails", script: "echo why >&2; false | true" }], terms), /why/);
      const aborted = { ...terms, signal: AbortSignal.abort(new Error("interrupted")) };
      await assert.rejects(
        race([{ name: "is not run", script: `touch ${scratch}/ran` }], aborted),
        /interrupted/,
      );
      assert.throws(() => Deno.statSync(`${scratch}/ran`), Deno.errors.NotFound);
    }),
);
