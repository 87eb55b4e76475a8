import { type Bench, bodyOf, job, type Outcome, sizeOf, sizeText } from "../case.ts";
import { perform } from "../measure.ts";
import { toolsFor } from "../tools.ts";

/** The next backup of a tree in which nothing has changed. */
export async function unchanged(bench: Bench, tree: string): Promise<Outcome> {
  const { tools, left } = await toolsFor(bench.only, bench.workshop, tree);
  const able = tools.filter(({ again }) => again !== undefined);
  for (const { backup } of able) await perform(backup);
  const jobs = [await job(bench, "second backup", able.map(({ again }) => again))];
  return {
    title: `nothing has changed since the last backup: ${sizeText(await sizeOf(tree))}`,
    body: bodyOf(jobs, left),
  };
}
