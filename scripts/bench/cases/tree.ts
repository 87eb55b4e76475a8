import { type Bench, bodyOf, job, type Outcome, sizeOf } from "../case.ts";
import { figure, type Job } from "../table.ts";
import { toolsFor } from "../tools.ts";

/** There and back: the first backup of a tree, its restore, and the proof that all of it can be restored. */
export async function thereAndBack(bench: Bench, tree: string, what: string): Promise<Outcome> {
  const { tools, left } = await toolsFor(bench.only, bench.workshop, tree);
  const backup = await job(bench, "first backup", tools.map((it) => it.backup));
  const restore = await job(bench, "restore", tools.map((it) => it.restore));
  const verify = await job(bench, "deep verify", tools.map((it) => it.verify));
  return {
    title: `${what}: ${await sizeOf(tree)}`,
    body: bodyOf([backup, restore, verify], [...verifySpeed(backup, verify), ...left]),
  };
}

/** What nightdrop, the only one that verifies, has stored, in the time that reading all of it took. */
function verifySpeed(backup: Job, verify: Job): string[] {
  const sealed = backup.results[0]?.stored ?? 0;
  return verify.results.map(({ name, wall }) =>
    `${name}: ${figure(sealed / 1e6 / wall)} MB of sealed bytes a second`
  );
}
