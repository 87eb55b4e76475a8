/**
 * Simulates years of backups of a host in seconds, with the real catalog, receipts and reading rules. Each snapshot is
 * restored when it is made and in the last hour of its retention, and must be exact. Prints the traffic per day and the
 * stored bytes, compared with full backups and with deduplication as in restic.
 *
 *     deno task simulate [--days N] [--seed N] [--keep DAYS] [--refresh DAYS] [--files N] [--change PERCENT]
 */
import { DAY_MS } from "../lib/model/day.ts";
import { parseArgs } from "node:util";
import { random } from "./simulate/dice.ts";
import { INCIDENTS } from "./simulate/incidents.ts";
import { live } from "./simulate/scenario.ts";
import { Deduplication, FullBackups, Nightdrop, type Way } from "./simulate/ways.ts";
import { World } from "./simulate/world.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    days: { type: "string", default: "1095" },
    seed: { type: "string", default: "1" },
    keep: { type: "string", default: "90" },
    refresh: { type: "string", default: "30" },
    files: { type: "string", default: "2000" },
    change: { type: "string", default: "1" },
  },
});
const [days, seed, keep, refresh, files] = [
  values.days,
  values.seed,
  values.keep,
  values.refresh,
  values.files,
].map(
  Number,
) as [number, number, number, number, number];
const change = Number(values.change) / 100;

const directory = await Deno.makeTempDir({ prefix: "nightdrop-simulation-" });
try {
  report(
    `${files} files, ${change * 100} % change every day; one snapshot per day is kept for ${keep} days.`,
  );
  const full = await run("full backups", new FullBackups(keep + 1));
  await run("deduplication, as restic does it", new Deduplication(keep), full);
  for (const refreshDays of new Set([refresh, 7, 30, 90])) {
    await run(
      `nightdrop, refreshDays ${refreshDays}`,
      new Nightdrop(`${directory}/${refreshDays}`, { days: keep, refreshDays }),
      full,
    );
  }
  for (const kind of ["bucket", "directory"] as const) {
    const scenario = {
      seed,
      days,
      kind,
      retention: { days: keep, refreshDays: refresh },
      churn: 6,
      missed: 0.1,
      broken: 0.1,
      incidents: INCIDENTS.map(({ name }) => name),
      trouble: 0.05,
    };
    const { snapshots, runs, refused } = await live(scenario, `${directory}/${kind}`);
    report(
      `${days} days with a ${kind}, missed and broken runs, lost catalogs, wrong clocks, other settings and other stores: ` +
        `${runs} runs, ${refused} of them refused, and each of ${snapshots} snapshots was restored exactly, twice.`,
    );
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}

/** Result of a strategy: mean and maximum bytes sent per day, and stored bytes, in the steady state. */
interface Figures {
  readonly sent: number;
  readonly most: number;
  readonly stored: number;
}

async function run(name: string, way: Way, beside?: Figures): Promise<Figures> {
  const world = new World(`${directory}/unused`, { days: keep, refreshDays: refresh });
  const pick = random(seed);
  for (let at = 0; at < files; at += 1) world.tree.make(`d${at % 50}/f${at}`, world.before, sized(pick));
  const sent: number[] = [];
  let stored = 0;
  for (let day = 0; day < days; day += 1) {
    for (let at = 0; at < files * change; at += 1) {
      const file = Math.floor(pick() * files * 1.05); // sometimes a new file
      world.tree.make(`d${file % 50}/f${file}`, world.before, sized(pick));
    }
    sent.push(await way.backup(world.now, world.tree.walk()));
    stored = way.stored;
    world.now += DAY_MS;
  }
  const steady = sent.slice(Math.min(sent.length - 1, keep));
  const figures = { sent: mean(steady), most: Math.max(...steady), stored };
  const share = (own: number, other: number | undefined): string =>
    other ? ` (${(100 * own / other).toFixed(1)} %)` : "";
  report(
    `${name}: ${kib(figures.sent)} a day${share(figures.sent, beside?.sent)}, ${
      kib(figures.most)
    } at most, ` +
      `${kib(figures.stored)} stored${share(figures.stored, beside?.stored)}` +
      (way instanceof Nightdrop
        ? `; ${(100 * way.refreshed / way.sent).toFixed(0)} % of what was sent is refresh`
        : ""),
  );
  return figures;
}

function sized(pick: () => number): { size: number } {
  return { size: Math.floor(-Math.log(1 - pick()) * 3000) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, it) => sum + it, 0) / values.length;
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

function report(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}
