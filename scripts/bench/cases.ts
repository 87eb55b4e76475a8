/** The cases by name, in the order in which they stand in the document. */
import type { Bench, Outcome } from "./case.ts";
import { browse } from "./cases/browse.ts";
import { intoBucket } from "./cases/bucket.ts";
import { scale } from "./cases/scale.ts";
import { startUp } from "./cases/start_up.ts";
import { thereAndBack } from "./cases/tree.ts";
import { unchanged } from "./cases/unchanged.ts";
import { vps } from "./cases/vps.ts";
import { empty, firstOf, large, random, real, small } from "./corpora.ts";

/** Does a case from its corpus to its tables. */
export type Case = (bench: Bench) => Promise<Outcome>;

/** All of them. */
export const CASES: Readonly<Record<string, Case>> = {
  real: async (bench) =>
    await thereAndBack(bench, await realTree(bench), bench.tree ?? "what this machine has"),
  small: async (bench) =>
    await thereAndBack(bench, await small(bench.workshop.directory, bench.files), "small files"),
  large: async (bench) =>
    await thereAndBack(bench, await large(bench.workshop.directory, bench.size), "a single file"),
  incompressible: async (bench) =>
    await thereAndBack(bench, await random(bench.workshop.directory, bench.size / 5), "random bytes"),
  empty: async (bench) => await startUp(bench, await empty(bench.workshop.directory)),
  unchanged: async (bench) => await unchanged(bench, await realTree(bench)),
  vps: async (bench) =>
    await vps(
      bench,
      await firstOf(await realTree(bench), Math.ceil(bench.files / 100), bench.workshop.directory),
    ),
  s3: async (bench) => await intoBucket(bench, await realTree(bench)),
  browse,
  scale,
};

async function realTree({ tree, workshop }: Bench): Promise<string> {
  return tree ?? await real(workshop.directory);
}
