import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../lib/drill/random.ts";
import { type Sample, type SampleLimits, Sampler } from "../../lib/drill/sample.ts";
import type { Entry } from "../../lib/model/entry.ts";

const LIMITS: SampleLimits = { always: [], files: 3, bytes: 1000 };

function entry(path: string, size: number, changes: Partial<Entry> = {}): Entry {
  return { path, type: "file", size, mode: 0o644, uid: 0, gid: 0, user: "", group: "", mtime: 0, ...changes };
}

function sampleOf(entries: readonly Entry[], seed: string, limits: Partial<SampleLimits> = {}): Sample {
  const sampler = new Sampler({ ...LIMITS, ...limits }, new Random(seed));
  for (const [at, it] of entries.entries()) sampler.see(it, `layer ${at % 3}`);
  return sampler.sample();
}

const paths = ({ drawn }: Sample): string[] => drawn.map(({ entry }) => entry.path);

const trees = fc.array(fc.tuple(fc.integer({ min: 0, max: 1500 }), fc.integer()), { maxLength: 60 })
  .map((sizes) => sizes.map(([size, mtime], at) => entry(`f${at}`, size, { mtime })));

Deno.test("the same seed gives the same sample, another seed another one", () => {
  fc.assert(fc.property(trees, fc.string(), (tree, seed) => {
    assert.deepEqual(sampleOf(tree, seed), sampleOf(tree, seed));
  }));
  const tree = Array.from({ length: 200 }, (_, at) => entry(`f${at}`, 1));
  assert.notDeepEqual(paths(sampleOf(tree, "a")), paths(sampleOf(tree, "b")));
});

Deno.test("a sample is bounded in entries and bytes, and holds no entry twice", () => {
  fc.assert(fc.property(trees, fc.string(), fc.integer({ min: 0, max: 5 }), (tree, seed, files) => {
    const sample = sampleOf(tree, seed, { files });
    assert.ok(sample.drawn.length <= 2 * files + 3 + 2);
    assert.ok(sample.drawn.reduce((sum, it) => sum + it.entry.size, 0) <= LIMITS.bytes);
    assert.equal(new Set(paths(sample)).size, sample.drawn.length);
    assert.equal(sample.entries, tree.length);
    assert.equal(sample.tooLarge, tree.filter(({ size }) => size > LIMITS.bytes).length);
  }));
});

Deno.test("every entry that fits the limit can be drawn, also beside a file that nearly fills it", () => {
  const tree = [
    entry("largest", 999),
    entry("second", 998),
    entry("empty", 0),
    entry("directory", 0, { type: "directory" }),
    entry("link", 0, { type: "symlink", link: "x" }),
    ...Array.from({ length: 50 }, (_, at) => entry(`small${at}`, at)),
  ];
  const drawn = new Set<string>();
  for (let seed = 0; seed < 2000; seed += 1) {
    for (const path of paths(sampleOf(tree, `${seed}`))) drawn.add(path);
  }
  assert.deepEqual(tree.filter(({ path }) => !drawn.has(path)), []);
});

Deno.test("the draw by count gives each entry the same chance, that by bytes prefers large files", () => {
  const tree = Array.from({ length: 20 }, (_, at) => entry(`f${at}`, at < 10 ? 1 : 9));
  const counts = { count: 0, bytes: 0, large: 0 };
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 3000; seed += 1) {
    for (const { draw, entry: { path, size } } of sampleOf(tree, `${seed}`, { files: 1 }).drawn) {
      if (draw === "count") seen.set(path, (seen.get(path) ?? 0) + 1);
      if (draw !== "bytes") continue;
      counts.bytes += 1;
      if (size === 9) counts.large += 1;
    }
  }
  const share = counts.large / counts.bytes;
  assert.ok(share > 0.87 && share < 0.93, `${share} of the draws by bytes are large, 0.9 of the bytes are`);
  const each = [...seen.entries()].filter(([path]) => Number(path.slice(1)) < 10).map(([, count]) => count);
  assert.ok(Math.min(...each.slice(1)) > 0.6 * Math.max(...each.slice(1)), `${each}`);
});

Deno.test("each layer, the largest file that fits and the newest are in the sample", () => {
  fc.assert(fc.property(fc.string(), (seed) => {
    const tree = [
      ...Array.from({ length: 90 }, (_, at) => entry(`f${at}`, 1)),
      entry("large", 600),
      entry("too large", 1001),
      entry("new", 5, { mtime: 99 }),
    ];
    const sample = sampleOf(tree, seed);
    assert.ok(paths(sample).includes("large") && paths(sample).includes("new"));
    const layers = new Set(paths(sample).map((path) => tree.findIndex((it) => it.path === path) % 3));
    assert.equal(layers.size, 3);
  }));
});

Deno.test("a path of drill.always is in each sample whatever its size; one that is missing is named", () => {
  const tree = [entry("etc/huge", 5000), entry("etc/other", 1)];
  const sample = sampleOf(tree, "x", { always: ["/etc/huge", "/etc/gone"], files: 0 });
  assert.ok(sample.drawn.some(({ entry, draw }) => entry.path === "etc/huge" && draw === "always"));
  assert.deepEqual(sample.missing, ["etc/gone"]);
});

Deno.test("device nodes, which are never restored, are not drawn", () => {
  const tree = [entry("null", 0, { type: "char", device: { major: 1, minor: 3 } })];
  assert.deepEqual(sampleOf(tree, "x"), { drawn: [], missing: [], entries: 0, bytes: 0, tooLarge: 0 });
});
