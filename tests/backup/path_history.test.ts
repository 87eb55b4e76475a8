import assert from "node:assert/strict";
import { backup, type BackupResult } from "../../lib/backup/backup.ts";
import { plan } from "../../lib/backup/plan.ts";
import { type Held, type Loss, lossOf } from "../../lib/backup/path_loss.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { directory, file, type Node } from "../source/tree.ts";
import { rootTest } from "../source/walking.ts";

const HELD: Held = { entries: 100, place: "parent", rules: "r", mounts: {} };

/** What was held, what is, and what that is called. */
const LOSSES: readonly [before: Partial<Held>, now: Partial<Held>, kind: Loss["kind"] | undefined][] = [
  [{}, {}, undefined],
  [{}, { entries: 1000 }, undefined],
  [{}, { entries: 50 }, undefined],
  [{}, { entries: 49 }, "most"],
  [{}, { entries: 6 }, "most"],
  [{}, { entries: 5 }, "all"],
  [{}, { entries: 0 }, "all"],
  [{ entries: 10 }, { entries: 0 }, "all"],
  [{ entries: 10 }, { entries: 1 }, undefined],
  [{ entries: 9 }, { entries: 0 }, "most"],
  [{ entries: 1 }, { entries: 0 }, "most"],
  [{ entries: 0 }, { entries: 0 }, undefined],
  [{ entries: 19 }, { entries: 1 }, undefined],
  [{}, { entries: 0, rules: "other" }, undefined],
  [{ place: "mount" }, { place: "parent" }, "all"],
  [{ place: "mount" }, { place: "parent", rules: "other" }, "all"],
  [{ place: "apart" }, { place: "root" }, "all"],
  [{ place: "mount" }, { place: "root" }, undefined],
  [{ place: "parent" }, { place: "mount" }, undefined],
  [{ place: "mount" }, { place: "mount" }, undefined],
];

for (const [before, now, kind] of LOSSES) {
  const text = `${JSON.stringify(before)} and then ${JSON.stringify(now)}`;
  Deno.test(`a path that held ${text} has lost ${kind ?? "nothing"}`, () => {
    assert.equal(lossOf({ ...HELD, ...before }, { ...HELD, ...now })?.kind, kind);
  });
}

const FULL = (count: number): Node =>
  directory(Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, file("x")])));

function empty(directory: string): void {
  for (const { name } of [...Deno.readDirSync(directory)]) Deno.removeSync(`${directory}/${name}`);
}

/** What a run says of the declared path. */
function said(scenario: Scenario): string[] {
  return scenario.events.splice(0).flatMap((it) =>
    it.event === "trouble"
      ? [`${it.kind} ${it.reason}`]
      : it.event === "warning" && it.text.includes("held")
      ? [it.text]
      : []
  );
}

function full(scenario: Scenario): Promise<BackupResult> {
  return backup(scenario.host, scenario.store.writer, scenario.run, { full: true });
}

Deno.test("a declared path that is empty today makes backups incomplete until it is full again", () =>
  withScenario(FULL(50), async (scenario) => {
    await scenario.backup();
    said(scenario);
    empty(scenario.source);
    for (let night = 0; night < 3; night += 1) {
      assert.equal((await plan(scenario.host, scenario.run)).unread, 1);
      assert.match(said(scenario)[0]!, /^unread it held 50 entries in the last backup and holds 0 now/);
      assert.equal((await scenario.backup()).unread, 1);
      assert.match(said(scenario)[0]!, /^unread it held 50 entries/);
    }
    for (let at = 0; at < 50; at += 1) Deno.writeTextFileSync(`${scenario.source}/f${at}`, "x");
    assert.equal((await scenario.backup()).unread, 0);
    assert.deepEqual(said(scenario), []);
  }));

Deno.test("a full backup accepts that a path is empty, once a run has said so", () =>
  withScenario(FULL(50), async (scenario) => {
    await scenario.backup();
    empty(scenario.source);
    assert.equal((await full(scenario)).unread, 1);
    said(scenario);
    assert.equal((await full(scenario)).unread, 0);
    assert.match(said(scenario)[0]!, /this is accepted/);
    assert.equal((await scenario.backup()).unread, 0);
    assert.deepEqual(said(scenario), []);
  }));

Deno.test("a path that lost most of its entries is a warning, once", () =>
  withScenario(FULL(50), async (scenario) => {
    await scenario.backup();
    for (let at = 0; at < 40; at += 1) Deno.removeSync(`${scenario.source}/f${at}`);
    assert.equal((await scenario.backup()).unread, 0);
    assert.match(said(scenario)[0]!, /held 50 entries in the last backup and holds 10 now/);
    await scenario.backup();
    assert.deepEqual(said(scenario), []);
  }));

Deno.test("a path that is missing today is compared with what it held before when it is back", () =>
  withScenario(FULL(50), async (scenario) => {
    await scenario.backup();
    Deno.renameSync(scenario.source, `${scenario.source}.away`);
    assert.equal((await scenario.backup()).unread, 1);
    Deno.mkdirSync(scenario.source);
    said(scenario);
    assert.equal((await scenario.backup()).unread, 1);
    assert.match(said(scenario)[0]!, /held 50 entries/);
  }));

Deno.test("a run that fails remembers nothing", () =>
  withScenario(FULL(50), async (scenario) => {
    await scenario.backup();
    empty(scenario.source);
    const failing = { ...scenario.store.writer, put: () => Promise.reject(new Error("no")) };
    await assert.rejects(backup(scenario.host, failing, scenario.run));
    assert.equal((await scenario.backup()).unread, 1);
  }));

const DAMAGES = [
  "",
  "{",
  "[]",
  "null",
  '{"version":9}',
  '{"version":1}',
  '{"version":1,"paths":{"@":{}}}',
  '{"version":1,"paths":{"@":{"entries":3,"place":"parent","rules":"r","mounts":{"/x":"many"}}}}',
];

for (const damage of DAMAGES) {
  Deno.test(`a history of paths with the text ${JSON.stringify(damage)} is reported and does not end a backup`, () =>
    withScenario(FULL(3), async (scenario) => {
      await scenario.backup();
      const memory = `${scenario.host.state}/${scenario.host.name}/paths.json`;
      Deno.writeTextFileSync(memory, damage.replace("@", scenario.source));
      scenario.events.splice(0);
      assert.equal((await scenario.backup()).unread, 0);
      assert.ok(scenario.events.some((it) => it.event === "warning" && it.text.includes("paths.json")));
      assert.match(Deno.readTextFileSync(memory), /"entries":3/);
    }));
}

async function withMount(place: string, body: (unmount: () => void) => Promise<void>): Promise<void> {
  const run = (...args: string[]): boolean =>
    new Deno.Command(args[0]!, { args: args.slice(1) }).outputSync().success;
  assert.ok(run("mount", "-t", "tmpfs", "none", place));
  try {
    await body(() => assert.ok(run("umount", place)));
  } finally {
    run("umount", place);
  }
}

rootTest(
  "a declared path whose disk is not mounted is unread, though the directory below it holds files",
  () =>
    withScenario(directory({ placeholder: file() }), async (scenario) => {
      await withMount(scenario.source, async (unmount) => {
        Deno.writeTextFileSync(`${scenario.source}/data`, "x");
        await scenario.backup();
        unmount();
        said(scenario);
        assert.equal((await scenario.backup()).unread, 1);
        assert.match(said(scenario)[0]!, /was a mount point.*nothing is mounted there now/);
      });
    }),
);

rootTest(
  "a disk below a declared path that is not mounted any more is unread, once",
  () =>
    withScenario(directory({ a: file(), disk: directory() }), async (scenario) => {
      await withMount(`${scenario.source}/disk`, async (unmount) => {
        Deno.writeTextFileSync(`${scenario.source}/disk/data`, "x");
        assert.equal((await scenario.backup()).unread, 0);
        assert.equal((await scenario.backup()).unread, 0);
        unmount();
        said(scenario);
        assert.equal((await scenario.backup()).unread, 1);
        assert.match(said(scenario)[0]!, /nothing is mounted here, where there were 1 entries/);
        assert.equal((await scenario.backup()).unread, 0);
      });
    }),
);

rootTest(
  "a mount point that was removed with its mount is no loss",
  () =>
    withScenario(directory({ a: file(), disk: directory() }), async (scenario) => {
      await withMount(`${scenario.source}/disk`, async (unmount) => {
        Deno.writeTextFileSync(`${scenario.source}/disk/data`, "x");
        await scenario.backup();
        unmount();
        Deno.removeSync(`${scenario.source}/disk`);
        assert.equal((await scenario.backup()).unread, 0);
      });
    }),
);
