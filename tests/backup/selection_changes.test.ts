/** Changes of what is backed up: only the difference is sent, and every snapshot restores as it was. */
import assert from "node:assert/strict";
import type { BackupResult } from "../../lib/backup/backup.ts";
import type { Selection } from "../../lib/model/selection.ts";
import { restore } from "../../lib/restore/restore.ts";
import { random } from "../../scripts/simulate/dice.ts";
import { assertSameTree, directory, file, hardlink, symlink } from "../source/tree.ts";
import { makeScenario } from "../support/scenario.ts";
import { type Life, withLife } from "../support/life.ts";
import { memoryStore } from "../support/memory_store.ts";
import { noise } from "../support/sample_tree.ts";

/** So soon after the run before nothing is due to be re-sent. */
const MINUTE = 60_000;

const TREE = directory({
  a: directory({
    one: file("1"),
    two: file(noise(5000)),
    x: directory({ deep: file("deep"), "b.tmp": file("t") }),
  }),
  "a-b": directory({ other: file("o") }),
  b: directory({ large: file(noise(150_000)), "c.tmp": file("t"), name: hardlink("b/large") }),
  c: directory({ link: symlink("../a/one"), é: file("é"), y: directory({ z: file("z") }) }),
  d: file("d"),
});

/** A selection of paths within the source, and other settings. */
function selection(life: Life, paths: readonly string[], others: Partial<Selection> = {}): Selection {
  const inSource = paths.map((path) => path === "" ? life.source : `${life.source}/${path}`);
  return { ...life.host.selection, paths: inSource, ...others };
}

async function backUp(life: Life, selection: Selection): Promise<BackupResult> {
  life.now += MINUTE;
  life.events.length = 0;
  return await life.backup({}, { selection });
}

/** Restores a snapshot, and compares it with what another host without a memory stores of the same selection. */
async function assertLikeNew(life: Life, { snapshot }: BackupResult, selection: Selection): Promise<void> {
  const target = `${life.directory}/back-${snapshot}`;
  assert.equal((await life.restore({ target }, snapshot)).lost, 0);
  const fresh = `${life.directory}/fresh-${snapshot}`;
  Deno.mkdirSync(fresh);
  const host = { ...life.host, selection, state: `${fresh}/state` };
  const scenario = await makeScenario(life.directory, host, memoryStore());
  await scenario.backup();
  const options = { globs: [], target: `${fresh}/back`, overwrite: false, jobs: 1 };
  await restore(await scenario.snapshot(), scenario.store.reader, life.identities, options, life.run);
  assert.deepEqual(names(target), names(`${fresh}/back`));
  // The directories above a declared path are made by the restore.
  for (const path of selection.paths) {
    const [restored, wanted] = [`${target}${path}`, `${fresh}/back${path}`];
    if (Deno.lstatSync(wanted).isDirectory) assertSameTree(restored, wanted);
    else assert.deepEqual(Deno.readFileSync(restored), Deno.readFileSync(wanted));
  }
}

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [name, ...names(`${directory}/${name}`).map((it) => `${name}/${it}`)] : [name]
  ).sort();
}

async function assertNoFindings(life: Life): Promise<void> {
  const { findings } = await life.verify({ identities: life.identities });
  assert.deepEqual(findings.filter(({ kind }) => kind !== "note"), []);
}

const CHANGES: [what: string, from: string[], to: string[], sent: number, others?: Partial<Selection>][] = [
  ["a path that is added", ["a"], ["a", "d"], 1],
  ["a directory that is added before others", ["b", "d"], ["a", "b", "d"], 6],
  ["a path that is removed", ["a", "b", "d"], ["a", "d"], 0],
  ["a path that is declared by itself within another", ["a", "b"], ["a", "a/x", "b"], 0],
  ["a path that was declared by itself within another", ["a", "a/x", "b"], ["a", "b"], 0],
  ["a directory instead of what it holds", ["a/x", "a/one"], ["a"], 2],
  ["what it holds instead of a directory", ["a"], ["a/x", "a/one"], 0],
  ["the root of all instead of its parts", ["a", "a-b", "b", "c", "d"], [""], 1],
  ["the order of paths", ["d", "a", "b"], ["b", "d", "a"], 0],
  ["an exclude", ["a", "b"], ["a", "b"], 0, { exclude: ["*.tmp"] }],
  ["a limit of size", ["a", "b"], ["a", "b"], 0, { maxFileSize: 1000 }],
  ["one file system", ["a", "b"], ["a", "b"], 0, { oneFileSystem: true }],
  ["a marker", ["a", "b"], ["a", "b"], 0, { excludeIfPresent: ["c.tmp"] }],
];

for (const [what, from, to, sent, others] of CHANGES) {
  Deno.test(`after a change, here ${what}, only the difference is sent`, () =>
    withLife(TREE, async (life) => {
      const first = await backUp(life, selection(life, from));
      const other = selection(life, to, others);
      const second = await backUp(life, other);
      assert.equal(second.sent.entries, sent);
      assert.ok(!life.events.some(({ event }) => event === "warning"), JSON.stringify(life.events));
      await assertLikeNew(life, second, other);
      // And back: what was left out for a while is still known.
      const third = await backUp(life, selection(life, from));
      assert.equal(third.sent.entries, 0);
      await assertLikeNew(life, third, selection(life, from));
      await assertLikeNew(life, first, selection(life, from));
      await assertNoFindings(life);
    }));
}

for (const seed of [1, 2]) {
  Deno.test(`after any changes of paths and rules, each snapshot equals that of a new host (${seed})`, () =>
    withLife(TREE, async (life) => {
      const pick = random(seed);
      const paths = ["", "a", "a/one", "a/x", "a/x/deep", "a-b", "b", "b/large", "b/name", "c", "c/y", "d"];
      for (let day = 0; day < 12; day += 1) {
        const some = paths.filter(() => pick() < 0.3);
        const other = selection(life, some.length > 0 ? some : ["a"], {
          exclude: ["*.tmp", "x", "large"].filter(() => pick() < 0.3),
          ...pick() < 0.3 ? { maxFileSize: 4000 } : {},
        });
        if (pick() < 0.5) Deno.writeTextFileSync(`${life.source}/a/one`, `${day}`);
        await assertLikeNew(life, await backUp(life, other), other);
      }
      await assertNoFindings(life);
    }));
}

Deno.test("another compression sends only what changed", () =>
  withLife(TREE, async (life) => {
    await backUp(life, life.host.selection);
    life.now += MINUTE;
    const { sent, snapshot } = await life.backup({}, { compression: { kind: "gzip" } });
    assert.equal(sent.entries, 0);
    await assertLikeNew(life, { snapshot } as BackupResult, life.host.selection);
    await assertNoFindings(life);
  }));
