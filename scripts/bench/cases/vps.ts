import { type Bench, bodyOf, job, type Outcome, sizeOf, sizeText } from "../case.ts";
import type { Contender } from "../contender.ts";
import { perform } from "../measure.ts";
import { missing, toolsFor } from "../tools.ts";
import { nightdrop } from "../tools/nightdrop.ts";

/** Memory of a small machine, which gives the memory profile `small`. */
const MEMORY = "512 MiB";

/** A small machine: everything on one core, nightdrop with the profile `small` and with `fast`. */
export async function vps(bench: Bench, tree: string): Promise<Outcome> {
  const title = `a small machine, of one core: ${sizeText(await sizeOf(tree))}`;
  const lacks = await missing(["taskset"]);
  if (lacks.length > 0) return { title, body: bodyOf([], lacks) };
  const { tools, left } = await toolsFor(bench.only, bench.workshop, tree);
  const small = await nightdrop(bench.workshop, tree, MEMORY);
  const all = [...(bench.only.includes("nightdrop") ? [small] : []), ...tools];
  const first = await job(bench, "first backup", all.map(({ backup }) => onOneCore(backup)));
  const able = all.filter(({ backup, again }) => again !== undefined && backup.name !== "nightdrop");
  for (const { backup } of able) await perform(backup);
  const second = await job(bench, "second backup", able.map(({ again }) => onOneCore(again)));
  const restore = await job(bench, "restore", tools.map((tool) => onOneCore(tool.restore)));
  return { title, body: bodyOf([first, second, restore], left) };
}

function onOneCore(contender: Contender | undefined): Contender | undefined {
  return contender &&
    { ...contender, script: `taskset --cpu-list --pid 0 $$ > /dev/null\n${contender.script}` };
}
