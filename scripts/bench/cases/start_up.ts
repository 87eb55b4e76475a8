import { type Bench, bodyOf, job, type Outcome } from "../case.ts";
import { toolsFor } from "../tools.ts";

/** A whole run that has nothing to do. */
export async function startUp(bench: Bench, tree: string): Promise<Outcome> {
  const { tools, left } = await toolsFor(bench.only, bench.workshop, tree);
  const jobs = [await job(bench, "first backup", tools.map((it) => it.backup))];
  return { title: "a directory with nothing in it", body: bodyOf(jobs, left) };
}
