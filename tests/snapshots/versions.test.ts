import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { Damage, type Failure } from "../../lib/model/failure.ts";
import { files } from "../../lib/snapshots/files.ts";
import { findVersions, type FoundVersions, type VersionOptions } from "../../lib/snapshots/versions.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import type { Item } from "../archive/making.ts";
import { directory, file } from "../source/tree.ts";
import { forgeTree } from "../support/forged_tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { type Life, Mischief, withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";

type Searched = Pick<Scenario, "host" | "store" | "identities" | "run">;

interface Found extends FoundVersions {
  readonly problems: readonly [snapshot: string, why: Failure][];
}

async function found(
  scenario: Searched,
  globs: string[],
  { reader = scenario.store.reader, ...options }: Partial<VersionOptions> & { reader?: StoreReader } = {},
): Promise<Found> {
  const problems: [string, Failure][] = [];
  const what = { globs, problem: (id: string, why: Failure) => void problems.push([id, why]), ...options };
  return { ...await findVersions(scenario.host, reader, scenario.identities, what, scenario.run), problems };
}

/** What distinguishes versions, by the entries that `files` lists. */
function keyOf({ sha256: _, sparse: _sparse, ...entry }: Entry): string {
  return JSON.stringify(Object.entries(entry).sort());
}

/** Versions by what `files` lists in each snapshot: a line for each, with the first and the last snapshot and their number. */
async function listed(life: Life, snapshots: readonly string[], globs: string[]): Promise<string[]> {
  const versions = new Map<string, string[]>();
  for (const id of snapshots) {
    const all = await Array.fromAsync(
      files(await life.snapshot(id), globs, life.store.reader, life.identities, life.run),
    ).catch((error) => {
      if (/^Nothing in the snapshot matches/.test(error.message)) return [];
      throw error;
    });
    for (const entry of all) versions.set(keyOf(entry), [...versions.get(keyOf(entry)) ?? [], id]);
  }
  return [...versions].map(([key, ids]) => `${key} ${ids[0]} ${ids.at(-1)} ${ids.length}`).sort();
}

Deno.test("find gives exactly the versions that files lists, whatever happens to a tree", () =>
  withLife(sampleTree(), async (life) => {
    const mischief = new Mischief(life.source, 11);
    const snapshots: string[] = [];
    for (let day = 0; day < 8; day += 1) {
      snapshots.push((await life.backup()).snapshot);
      mischief.do(10);
      life.now += 3 * DAY_MS;
    }
    for (const globs of [["/**"], ["*.txt", "sub"], [`${life.source}/big.bin`]]) {
      const { versions, problems, unmatched } = await found(life, globs);
      assert.deepEqual([problems, unmatched], [[], []]);
      const lines = versions.map((it) => `${keyOf(it.entry)} ${it.first} ${it.last} ${it.snapshots}`);
      assert.deepEqual(lines.sort(), await listed(life, snapshots, globs), globs.join());
      assert.ok(versions.length > 0);
    }
  }, { retention: { days: 90, refreshDays: 10 } }));

Deno.test("an unchanged file that is sent again is one version, sent in several snapshots", () =>
  withLife(directory({ a: file("a") }), async (life) => {
    const made: string[] = [];
    for (let day = 0; day < 5; day += 1) {
      made.push((await life.backup()).snapshot);
      life.now += 15 * DAY_MS;
    }
    const { versions } = await found(life, ["a"]);
    const [only] = versions;
    assert.deepEqual([versions.length, only!.first, only!.last, only!.snapshots], [
      1,
      made[0],
      made.at(-1),
      5,
    ]);
    assert.ok(only!.sentIn.length > 1 && only!.sentIn.every((id) => made.includes(id)), only!.sentIn.join());
  }, { retention: { days: 90, refreshDays: 10 } }));

Deno.test("find reads each index once", () =>
  withLife(sampleTree(), async (life) => {
    for (let day = 0; day < 5; day += 1) {
      await life.backup();
      Deno.writeTextFileSync(`${life.source}/new${day}`, "new");
      life.now += DAY_MS;
    }
    const fetched = new Map<string, number>();
    const reader: StoreReader = {
      ...life.store.reader,
      get: (name, options) => {
        fetched.set(name, (fetched.get(name) ?? 0) + 1);
        return life.store.reader.get(name, options);
      },
    };
    assert.equal((await found(life, ["a.txt"], { reader })).versions.length, 1);
    const indexes = [...life.store.objects.keys()].filter((name) => name.includes("/index."));
    assert.deepEqual(
      [...fetched.keys()].filter((name) => !name.includes("/receipt-")).sort(),
      indexes.sort(),
    );
    assert.deepEqual([...new Set(fetched.values())], [1]);
  }));

Deno.test("--since leaves out older snapshots, but not what newer ones need of them", () =>
  withLife(directory({ a: file("a"), b: file("b") }), async (life) => {
    await life.backup();
    life.now += DAY_MS;
    const since = new Date(life.now - 1000); // an id has no milliseconds
    Deno.writeTextFileSync(`${life.source}/b`, "changed");
    const second = await life.backup();
    const { versions } = await found(life, [life.source], { since });
    assert.deepEqual(versions.map((it) => it.entry.path.split("/").at(-1)), ["source", "a", "b"]);
    for (const it of versions) assert.deepEqual([it.first, it.snapshots], [second.snapshot, 1]);
    assert.deepEqual((await found(life, ["b"])).versions.length, 2);
  }));

Deno.test("an exact path selects itself before it is taken as a glob", () =>
  withLife(directory({ "a[1]": file("bracket"), a1: file("glob") }), async (life) => {
    await life.backup();
    const { versions } = await found(life, [`${life.source}/a[1]`]);
    assert.deepEqual(versions.map((it) => it.entry.path), [`${life.source}/a[1]`.slice(1)]);
    const all = await found(life, [`${life.source}/a?`, "no such"]);
    assert.deepEqual([all.versions.length, all.unmatched], [1, ["no such"]]);
  }));

Deno.test("a change of type is a new version, and what is gone has no newer one", () =>
  withLife(directory({ a: file("a") }), async (life) => {
    const first = await life.backup();
    life.now += DAY_MS;
    Deno.removeSync(`${life.source}/a`);
    Deno.symlinkSync("b", `${life.source}/a`);
    const second = await life.backup();
    life.now += DAY_MS;
    Deno.removeSync(`${life.source}/a`);
    await life.backup();
    const { versions } = await found(life, ["a"]);
    assert.deepEqual(versions.map((it) => [it.entry.type, it.first, it.last]), [
      ["file", first.snapshot, first.snapshot],
      ["symlink", second.snapshot, second.snapshot],
    ]);
  }));

Deno.test("a damaged index is reported with each snapshot that needs it, and the others are searched", () =>
  withLife(directory({ a: file("a") }), async (life) => {
    const first = await life.backup();
    life.now += DAY_MS;
    const second = await life.backup();
    const third = await life.backup({ full: true });
    for (const [name, object] of life.store.objects) {
      if (!name.includes(`${first.snapshot}/index.`)) continue;
      life.store.objects.set(name, { ...object, bytes: object.bytes.slice(1) });
    }
    const { versions, problems } = await found(life, ["a"]);
    assert.deepEqual([versions.length, versions[0]!.first], [1, third.snapshot]);
    assert.deepEqual(new Set(problems.map(([id]) => id)), new Set([first.snapshot, second.snapshot]));
    assert.ok(problems.every(([, why]) => why instanceof Damage));
  }));

Deno.test("an entry that cannot be restored is a problem and not a version", () =>
  withScenario(directory({}), async (scenario) => {
    const stat = { size: 0, mode: 0o644, uid: 0, gid: 0, user: "", group: "", mtime: 0 };
    const item = (path: string): Item => ({
      entry: { path, type: "file", ...stat },
      content: new Uint8Array(),
    });
    await forgeTree(scenario, { volumes: [{ items: [item("a"), item("a/b")] }] });
    const { versions, problems } = await found(scenario, ["a"]);
    assert.deepEqual(versions.map((it) => it.entry.path), ["a"]);
    assert.match(
      problems[0]![1].message,
      /"\/a\/b" cannot be restored: it lies below "a", which is not a directory/,
    );
  }));
