/** The chance to find one damage, which `docs/DRILLS.md` states: a simulation with the sampler of a drill. */
import assert from "node:assert/strict";
import { Random } from "../../lib/drill/random.ts";
import { Sampler } from "../../lib/drill/sample.ts";
import type { Entry } from "../../lib/model/entry.ts";

/** Files of a snapshot, each in an object of its own. One of them is damaged, any with the same chance. */
const FILES = 1000;
const MONTHS = 20;

const ENTRIES = Array.from({ length: FILES }, (_, at): Entry => ({
  path: `f${at}`,
  type: "file",
  size: 1000,
  mode: 0o644,
  uid: 0,
  gid: 0,
  user: "",
  group: "",
  mtime: 0,
}));

function drawnOn(day: string, files: number): string[] {
  const sampler = new Sampler({ always: [], files, bytes: FILES * 1000 }, new Random(day));
  for (const entry of ENTRIES) sampler.see(entry, "layer");
  return sampler.sample().drawn.map(({ entry }) => entry.path);
}

/** The share of files that a daily drill looks at, and the share that it has looked at after so many days. */
function simulate(files: number, days: number): { readonly daily: number; readonly inTime: number } {
  let [drawn, found] = [0, 0];
  for (let month = 0; month < MONTHS; month += 1) {
    const seen = new Set<string>();
    for (let day = 0; day < days; day += 1) {
      const paths = drawnOn(`${month} ${day}`, files);
      drawn += paths.length;
      for (const path of paths) seen.add(path);
    }
    found += seen.size;
  }
  return { daily: drawn / MONTHS / days / FILES, inTime: found / MONTHS / FILES };
}

Deno.test("a daily drill of 1 % finds one damage within a month with the chance that docs/DRILLS.md states", () => {
  // Four draws by count and four by bytes; the first file is drawn each day, as the largest and the newest.
  const { daily, inTime } = simulate(4, 30);
  assert.ok(Math.abs(daily - 0.01) < 0.001, `${daily}`);
  const text = Deno.readTextFileSync(new URL("../../docs/DRILLS.md", import.meta.url));
  const [, stated] =
    /reads 1 % of them at random, it finds the\s+damage within 30 days with a chance of (\d+) %/.exec(text)!;
  const expected = 1 - 0.99 ** 30;
  assert.equal(Number(stated), Math.round(100 * expected));
  assert.ok(Math.abs(inTime - expected) < 0.025, `simulated ${inTime}, expected ${expected}`);
});
