import { formatNumber } from "../../../lib/model/format.ts";
import { type Bench, bodyOf, job, type Outcome } from "../case.ts";
import type { Contender } from "../contender.ts";
import { bash, quoted } from "../shell.ts";
import { type Extent, type Snapshots, snapshotsOf } from "../snapshots.ts";
import { figure, type Job, table } from "../table.ts";
import { missing } from "../tools.ts";
import { nightdropCommand, type Workshop } from "../workshop.ts";

/** File that the commands look for. One snapshot in a hundred changes it, so most of the newer ones do not list it. */
const WANTED = "d7/f7";

/** `find`, `diff` and `cat`, with empty caches and with full ones; once more on a sixth, to show what memory depends on. */
export async function browse(bench: Bench): Promise<Outcome> {
  const most = extentOf(bench.files * 0.06);
  const few = extentOf(most.files / 6);
  const withRestic = bench.only.includes("restic");
  const left = withRestic ? await missing(["restic"]) : [];
  const names = withRestic && left.length === 0 ? ["nightdrop", "restic"] : ["nightdrop"];
  const jobs = await jobsOf(bench, most, names);
  const memory = few.files === most.files
    ? []
    : [memoryOf(await jobsOf(bench, few, names), jobs, [few, most].map(extentText))];
  return { title: extentText(most), body: [bodyOf(jobs, left), ...memory].join("\n") };
}

/** As many snapshots as there are thousands of files. */
function extentOf(files: number): Extent {
  return { files: Math.max(1000, Math.ceil(files)), snapshots: Math.max(2, Math.ceil(files / 1000)) };
}

function extentText({ files, snapshots }: Extent): string {
  return `${snapshots} snapshots of ${formatNumber(files, "file")}`;
}

async function jobsOf(bench: Bench, extent: Extent, names: readonly string[]): Promise<Job[]> {
  const made = await snapshotsOf(bench.workshop, extent, names.includes("restic"));
  const jobs: Job[] = [];
  for (const [title, scripts] of Object.entries(scriptsOf(made, bench.workshop))) {
    for (const [cache, { prepare, warmUp }] of Object.entries(preparations(made))) {
      const contenders = names.map((name, at): Contender => ({ name, prepare, script: scripts[at]! }));
      jobs.push(await job(bench, `${title}, ${cache}`, contenders, warmUp));
    }
  }
  return jobs;
}

interface Preparation {
  readonly prepare: () => Promise<unknown>;
  readonly warmUp: boolean;
}

function preparations({ at }: Snapshots): Readonly<Record<string, Preparation>> {
  const cache = quoted(`${at}/cache`);
  return {
    "full caches": { prepare: () => bash(`mkdir -p -m 700 ${cache}`), warmUp: true },
    "empty caches": { prepare: () => bash(`rm -rf ${cache}; mkdir -p -m 700 ${cache}`), warmUp: false },
  };
}

/** The commands of nightdrop and of restic for each job. */
function scriptsOf(
  { at, tree, config, restic, ids }: Snapshots,
  { identity }: Workshop,
): Readonly<Record<string, readonly [string, string]>> {
  const nightdrop = (command: "find" | "diff" | "cat", ...words: readonly string[]): string =>
    [
      nightdropCommand(command, `${at}/cache`),
      ...[...words, "--config", config, "--identity", identity].map(quoted),
    ]
      .join(" ");
  const [ours, theirs] = [ids.nightdrop, ids.restic];
  const diff = (from: number): [string, string] => [
    nightdrop("diff", ours.at(from)!, ours.at(-1)!),
    `${restic} diff --metadata ${theirs.at(from)} ${theirs.at(-1)}`,
  ];
  return {
    "find of a path": [nightdrop("find", `${tree}/${WANTED}`), `${restic} find /tree/${WANTED}`],
    "diff of the last two": diff(-2),
    "diff of the first and the last": diff(0),
    "cat of a file of the last": [
      nightdrop("cat", "latest", `${tree}/${WANTED}`),
      `${restic} dump latest /tree/${WANTED}`,
    ],
  };
}

/** Peaks of memory, the larger one of full and empty caches, for each job and each size. */
function memoryOf(few: readonly Job[], most: readonly Job[], extents: readonly string[]): string {
  const names = most[0]!.results.map(({ name }) => name);
  const head = ["peak MB", ...names.flatMap((name) => extents.map((extent) => `${name}, ${extent}`))];
  const rows = most.flatMap(({ title }, at) => {
    if (at % 2 === 1) return [];
    const peak = (jobs: readonly Job[], name: number): string =>
      figure(Math.max(...[at, at + 1].map((it) => jobs[it]!.results[name]!.peak)) / 1e6);
    const cells = names.flatMap((_, name) => [few, most].map((jobs) => peak(jobs, name)));
    return [[title.replace(/,.*/, ""), ...cells]];
  });
  return table(head, rows);
}
