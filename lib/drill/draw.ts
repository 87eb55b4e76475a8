import type { DrillSettings } from "../config/drill.ts";
import { DUMP_DIRECTORY, type Entry } from "../model/entry.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import type { Tree } from "../snapshots/tree.ts";
import { entriesIn, type Lost } from "../snapshots/tree_scan.ts";
import type { Random } from "./random.ts";
import { type Drawn, type Sample, Sampler } from "./sample.ts";

/** Sample of a tree. */
export interface Draws extends Sample {
  /** First of the entries that cannot be restored according to the indexes. */
  readonly lost: readonly Lost[];
  /** Number of all losses. */
  readonly losses: number;
}

/** Options of {@link drawFrom}. */
export interface DrawOptions {
  readonly settings: DrillSettings;
  readonly random: Random;
  /** Whether to add all dumps. */
  readonly dumps: boolean;
}

/** Maximum number of losses that are named. */
const MAX_LOST = 50;

/** Reads the indexes of a tree and draws a sample, with the files that hard links in it point to. */
export async function drawFrom(tree: Tree, { settings, random, dumps }: DrawOptions): Promise<Draws> {
  const sampler = new Sampler(settings, random);
  const added: Drawn[] = [];
  const lost: Lost[] = [];
  let losses = 0;
  const scan = tree.scan((it) => {
    losses += 1;
    if (lost.length < MAX_LOST) lost.push(it);
  });
  for await (const volume of scan.volumes()) {
    for (const entry of entriesIn(volume)) {
      sampler.see(entry, volume.snapshot.id);
      if (dumps && isDump(entry)) added.push({ entry, draw: "dump" });
    }
    releaseVolume(volume);
  }
  for (const link of scan.links()) sampler.see(link, undefined);
  const sample = sampler.sample();
  const all = new Map([...added, ...sample.drawn].map((it) => [it.entry.path, it]));
  for (const { entry, draw } of added) all.set(entry.path, { entry, draw });
  return { ...sample, drawn: await withLinkTargets(tree, all, settings.bytes), lost, losses };
}

/** Whether an entry lies where the dumps are. */
function isDump({ path, type }: Entry): boolean {
  return type === "file" && path.startsWith(`${DUMP_DIRECTORY}/`);
}

/** Adds the files that hard links point to; a link is left out if its file would be too much. */
async function withLinkTargets(
  tree: Tree,
  drawn: ReadonlyMap<string, Drawn>,
  limit: number,
): Promise<readonly Drawn[]> {
  const wanted = new Set(
    [...drawn.values()].flatMap(({ entry: { link, type } }) => type === "hardlink" ? [link!] : []),
  );
  for (const path of drawn.keys()) wanted.delete(path);
  if (wanted.size === 0) return [...drawn.values()];
  const targets = new Map<string, Drawn>();
  await tree.each((entry) => {
    if (wanted.has(entry.path)) targets.set(entry.path, { entry, draw: "link target" });
  });
  let left = limit;
  const refused = new Set<string>();
  for (const [path, { entry }] of targets) {
    if (entry.size > left) refused.add(path);
    else left -= entry.size;
  }
  const isKept = ({ entry, draw }: Drawn): boolean =>
    draw === "always" || entry.type !== "hardlink" || !refused.has(entry.link!);
  const always = new Set(
    [...drawn.values()].filter(({ draw }) => draw === "always").map(({ entry }) => entry.link),
  );
  return [
    ...[...drawn.values()].filter(isKept),
    ...[...targets.values()].filter(({ entry: { path } }) => !refused.has(path) || always.has(path)),
  ];
}
