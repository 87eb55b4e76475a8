import { type Bench, bodyOf, job, type Outcome, type Size, sizeOf, sizeText } from "../case.ts";
import { figure, type Job } from "../table.ts";
import { toolsFor } from "../tools.ts";
import { compression } from "../tools/pipelines.ts";

/** There and back: the first backup of a tree, its restore, and the proof that all of it can be restored. */
export async function thereAndBack(bench: Bench, tree: string, what: string): Promise<Outcome> {
  const { tools, left } = await toolsFor(bench.only, bench.workshop, tree);
  const backup = await job(bench, "first backup", tools.map((it) => it.backup));
  const restore = await job(bench, "restore", tools.map((it) => it.restore));
  const verify = await job(bench, "deep verify", tools.map((it) => it.verify));
  const alone = await job(bench, "compression alone", [compression(bench.workshop, tree)]);
  const size = await sizeOf(tree);
  return {
    title: `${what}: ${sizeText(size)}`,
    body: bodyOf([backup, restore, verify, alone], [
      ...costs(backup, alone, size),
      ...verifySpeed(backup, verify),
      ...left,
    ]),
  };
}

/** What the first backup by the first contender costs per entry and byte, and how much of it zstd alone would cost. */
function costs({ results: [first] }: Job, { results: [zstd] }: Job, { entries, bytes }: Size): string[] {
  if (first === undefined || zstd === undefined) return [];
  const [perEntries, perMegabyte] = [first.cpu / entries * 1e3, first.cpu / bytes * 1e9];
  return [
    `A first backup by ${first.name}: ${figure(perEntries)} CPU s per 1,000 entries, ` +
    `${figure(perMegabyte)} CPU ms per MB; zstd alone is ${Math.round(zstd.cpu / first.cpu * 100)} % of it`,
  ];
}

/** What nightdrop, the only one that verifies, has stored, in the time that reading all of it took. */
function verifySpeed(backup: Job, verify: Job): string[] {
  const sealed = backup.results[0]?.stored ?? 0;
  return verify.results.map(({ name, wall }) =>
    `${name}: ${figure(sealed / 1e6 / wall)} MB of sealed bytes a second`
  );
}
