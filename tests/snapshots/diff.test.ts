import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { Damage, type Failure } from "../../lib/model/failure.ts";
import { bytesOf, type Change, changesBetween } from "../../lib/snapshots/changes.ts";
import { diff } from "../../lib/snapshots/diff.ts";
import { files } from "../../lib/snapshots/files.ts";
import type { Item } from "../archive/making.ts";
import { directory, file } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { forgeTree } from "../support/forged_tree.ts";
import { type Life, Mischief, withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";

async function compared(
  scenario: Pick<Scenario, "snapshot" | "store" | "identities" | "run">,
  [a, b]: readonly [string, string],
  globs: string[] = [],
  problems: Failure[] = [],
): Promise<Change[]> {
  const [before, after] = [await scenario.snapshot(a), await scenario.snapshot(b)];
  const { reader } = scenario.store;
  const options = { globs, problem: (_: unknown, why: Failure) => void problems.push(why) };
  return await diff(
    { snapshot: before, reader },
    { snapshot: after, reader },
    scenario.identities,
    options,
    scenario.run,
  );
}

async function entriesOf(life: Life, id: string): Promise<Map<string, Entry>> {
  const all = await Array.fromAsync(
    files(await life.snapshot(id), [], life.store.reader, life.identities, life.run),
  );
  return new Map(all.map((entry) => [entry.path, entry]));
}

for (const seed of [3, 4]) {
  Deno.test(`diff gives exactly what differs between what files lists of any two snapshots (${seed})`, () =>
    withLife(sampleTree(), async (life) => {
      const mischief = new Mischief(life.source, seed);
      const made: [id: string, entries: Map<string, Entry>][] = [];
      for (let day = 0; day < 6; day += 1) {
        const { snapshot } = await life.backup({ full: day === 3 });
        made.push([snapshot, await entriesOf(life, snapshot)]);
        mischief.do(8);
        life.now += 3 * DAY_MS;
      }
      for (const [a, before] of made) {
        for (const [b, after] of made) {
          assert.deepEqual(await compared(life, [a, b]), changesBetween(before, after), `${a} ${b}`);
        }
      }
    }, { retention: { days: 90, refreshDays: 10 } }));
}

Deno.test("diff fetches only the indexes that list what one of two snapshots lacks, and none if they are the same", () =>
  withLife(sampleTree(), async (life) => {
    const made: string[] = [];
    for (let day = 0; day < 3; day += 1) {
      made.push((await life.backup()).snapshot);
      life.now += DAY_MS;
    }
    const fetched: string[] = [];
    const { get } = life.store.reader;
    life.store.reader.get = (name, options): ReturnType<typeof get> => {
      if (name.includes("/index.")) fetched.push(name.split("/")[1]!);
      return get(name, options);
    };
    assert.deepEqual(await compared(life, [made[2]!, made[2]!]), []);
    assert.deepEqual(fetched, []);
    assert.deepEqual(await compared(life, [made[1]!, made[2]!]), []);
    assert.deepEqual(fetched, made.slice(2), "both have all that the two others list");
  }));

const stat = { mode: 0o644, uid: 1, gid: 2, user: "u", group: "g", mtime: 5 };
const a: Entry = { path: "a", type: "file", size: 3, ...stat };
const [SHA_1, SHA_2] = ["1".repeat(64), "2".repeat(64)];

const DIFFERENT:
  readonly (readonly [before: Partial<Entry>, after: Partial<Entry>, differences: string[]])[] = [
    [{}, {}, []],
    [{}, { sparse: true }, []],
    [{}, { sha256: SHA_1 }, []],
    [{}, { size: 4 }, ["content"]],
    [{ sha256: SHA_1 }, { sha256: SHA_2 }, ["content"]],
    [{ sha256: SHA_1 }, { sha256: SHA_1, mtime: 6 }, ["time"]],
    [{}, { mtime: 6 }, ["content", "time"]],
    [{}, { mode: 0o600, uid: 9 }, ["mode", "owner"]],
    [{}, { group: "other" }, ["owner"]],
    [{}, { xattrs: { "user.x": "eA==" } }, ["attributes"]],
    [{}, { acl: "user::rw-,group::r--,other::r--" }, ["attributes"]],
    [{}, { type: "directory", size: 0 }, ["type"]],
    [{ type: "symlink", link: "x", size: 0 }, { type: "symlink", link: "y", size: 0 }, ["link"]],
    [{ type: "fifo", size: 0 }, { type: "fifo", size: 0, mtime: 6 }, ["time"]],
    [
      { type: "char", size: 0, device: { major: 1, minor: 3 } },
      { type: "char", size: 0, device: { major: 1, minor: 5 } },
      ["device"],
    ],
  ];

Deno.test("differences are named: content by size and SHA-256, or by time without one", () => {
  for (const [one, other, differences] of DIFFERENT) {
    const changes = changesBetween(new Map([["a", { ...a, ...one }]]), new Map([["a", { ...a, ...other }]]));
    assert.deepEqual(changes.flatMap((it) => it.differences), differences, JSON.stringify([one, other]));
  }
});

Deno.test("the bytes of a change are those that were added, replaced or removed", () => {
  const change = (before: Entry | undefined, after: Entry | undefined): number => {
    const map = (it: Entry | undefined): Map<string, Entry> => new Map(it && [[it.path, it]]);
    return bytesOf(changesBetween(map(before), map(after))[0]!);
  };
  assert.equal(change(undefined, a), 3);
  assert.equal(change(a, undefined), 3);
  assert.equal(change(a, { ...a, size: 7 }), 7);
  assert.equal(change(a, { ...a, mode: 0o600 }), 0);
});

Deno.test("globs select what is compared, and an exact path selects itself before it is taken as a glob", () =>
  withLife(directory({ "a[1]": file("1"), a1: file("1"), d: directory({ x: file("x") }) }), async (life) => {
    const { snapshot: first } = await life.backup();
    life.now += DAY_MS;
    for (const name of ["a1", "d/x", "d/y"]) Deno.writeTextFileSync(`${life.source}/${name}`, "changed");
    const { snapshot: second } = await life.backup();
    const names = async (globs: string[]): Promise<string[]> =>
      (await compared(life, [first, second], globs)).map(({ path }) => path.slice(life.source.length));
    assert.deepEqual(await names(["d/x", "a?"]), ["a1"]);
    assert.deepEqual(await names([`${life.source}/d`]), ["d", "d/x", "d/y"]);
    assert.deepEqual(await names([`${life.source}/a[1]`]), []);
  }));

Deno.test("an entry that cannot be restored is a problem, and a damaged index an error", () =>
  withScenario(directory({}), async (scenario) => {
    const item = (path: string): Item => ({ entry: { ...a, path, size: 0 }, content: new Uint8Array() });
    const one = await forgeTree(scenario, { volumes: [{ items: [item("x")] }] });
    const other = await forgeTree(scenario, { volumes: [{ items: [item("x"), item("x/y")] }] });
    const problems: Failure[] = [];
    assert.deepEqual(
      await compared(scenario, [one.receipt.snapshot, other.receipt.snapshot], [], problems),
      [],
    );
    assert.match(problems[0]!.message, /"\/x\/y" cannot be restored: it lies below "x"/);
    const [name, object] = [...scenario.store.objects].find(([it]) =>
      it.includes(`${one.receipt.snapshot}/index.`)
    )!;
    scenario.store.objects.set(name, { ...object, bytes: object.bytes.slice(1) });
    await assert.rejects(compared(scenario, [one.receipt.snapshot, other.receipt.snapshot]), Damage);
  }));
