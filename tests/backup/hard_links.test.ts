import assert from "node:assert/strict";
import type { BackupResult } from "../../lib/backup/backup.ts";
import type { Host } from "../../lib/config/types.ts";
import type { Event } from "../../lib/app/events.ts";
import { bash } from "../support/foreign.ts";
import { restoredSource, type Scenario, withScenario } from "../support/scenario.ts";
import { directory, file, hardlink, type Node, readTree } from "../source/tree.ts";

/** More than half a volume, so that the next one like it begins another. */
const LARGE = (name: string): Node => file(new Uint8Array(40_000).fill(name.charCodeAt(0)));

/** The walk meets "n", which is too large, when it has passed "a", whose volume is not full yet. */
const TREE = directory({
  a: file("content"),
  b: hardlink("a"),
  m: LARGE("m"),
  n: file(new Uint8Array(60_000)),
  o: hardlink("a"),
  p: LARGE("p"),
  q: hardlink("a"),
  r: LARGE("r"),
  z: hardlink("a"),
});

const selection = (scenario: Scenario): Host["selection"] => ({
  ...scenario.host.selection,
  maxFileSize: 50_000,
});

/** Backs up, and does something to the tree when the walk meets "n". */
async function backupWhile(
  scenario: Scenario,
  act: () => Promise<unknown> | void,
  jobs = 1,
): Promise<{ result: BackupResult; reported: string[] }> {
  const reported: string[] = [];
  const run = {
    ...scenario.run,
    report: (event: Event): void => {
      if (event.event !== "trouble") return;
      if (event.path.endsWith("/n")) act();
      else reported.push(`${event.kind} ${event.path.slice(scenario.source.length + 1)}`);
    },
  };
  const result = await scenario.withHost({ selection: selection(scenario), jobs }, run).backup();
  return { result, reported };
}

async function restored(
  scenario: Scenario,
  name: string,
): Promise<Record<string, readonly string[] | undefined>> {
  const target = `${scenario.directory}/${name}`;
  const { lost } = await scenario.restore({ target });
  assert.equal(lost, 0);
  const tree = readTree(restoredSource(scenario, target));
  return Object.fromEntries(
    [...tree].filter(([path]) => /^[aboqz]$/.test(path)).map(([path, it]) => [path, it.names]),
  );
}

async function assertGood(scenario: Scenario): Promise<void> {
  const { findings } = await scenario.verify({ identities: scenario.identities });
  assert.deepEqual(findings.filter(({ kind }) => kind === "damage"), []);
}

/** What happens to the first name between walk and read. Each leaves another thing, or nothing, under it. */
const LOSSES: Readonly<Record<string, string>> = {
  removed: "rm a",
  "moved away": "mv a ../moved",
  "replaced by another file": "echo other > new && mv new a",
  "replaced by a directory": "rm a && mkdir a",
  "replaced by a symlink": "ln -sf m a",
  "replaced by a fifo": "rm a && mkfifo a",
};

for (const [loss, script] of Object.entries(LOSSES)) {
  Deno.test(`a first name that is ${loss} before it is read leaves its place to the next name`, () =>
    withScenario(TREE, async (scenario) => {
      const act = (): void => {
        const { success } = new Deno.Command("sh", { args: ["-c", script], cwd: scenario.source })
          .outputSync();
        assert.ok(success);
      };
      const { result, reported } = await backupWhile(scenario, act);
      assert.equal(result.unread, 0);
      assert.deepEqual(reported, ["vanished a", "changed b"]);
      const names = ["b", "o", "q", "z"];
      assert.deepEqual(await restored(scenario, "first"), Object.fromEntries(names.map((it) => [it, names])));
      await assertGood(scenario);
      // The next run has a catalog that knows of the stand-in, and meets the tree as it is now.
      await scenario.withHost({ selection: selection(scenario) }).backup();
      const after = await restored(scenario, "second");
      assert.deepEqual(after.z, names);
      await assertGood(scenario);
    }));
}

Deno.test("if the next name is lost as well, the one after it replaces it, in another volume, too", () =>
  withScenario(TREE, async (scenario) => {
    const { result, reported } = await backupWhile(scenario, () => {
      for (const name of ["a", "b", "o"]) Deno.removeSync(`${scenario.source}/${name}`);
    });
    assert.equal(result.unread, 0);
    const names = ["q", "z"];
    assert.deepEqual(await restored(scenario, "back"), Object.fromEntries(names.map((it) => [it, names])));
    assert.ok(reported.includes("changed q"), reported.join());
    await assertGood(scenario);
  }));

Deno.test("if every name is lost, no link is stored", () =>
  withScenario(TREE, async (scenario) => {
    const { result } = await backupWhile(scenario, () => {
      for (const name of ["a", "b", "o", "q", "z"]) Deno.removeSync(`${scenario.source}/${name}`);
    });
    assert.equal(result.unread, 0);
    assert.deepEqual(await restored(scenario, "back"), {});
    await assertGood(scenario);
  }));

Deno.test("an incremental run rescues the links of a first name that changed and was lost", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.withHost({ selection: selection(scenario) }).backup();
    Deno.writeTextFileSync(`${scenario.source}/a`, "new content");
    await backupWhile(scenario, () => Deno.removeSync(`${scenario.source}/a`));
    const names = ["b", "o", "q", "z"];
    assert.deepEqual(await restored(scenario, "back"), Object.fromEntries(names.map((it) => [it, names])));
    assert.equal(
      Deno.readTextFileSync(`${restoredSource(scenario, `${scenario.directory}/back`)}/z`),
      "new content",
    );
    await assertGood(scenario);
  }));

for (const jobs of [1, 2, 3]) {
  Deno.test(`with ${jobs} jobs every link of a tree whose first names come and go is restored`, () => {
    const names = Array.from({ length: 60 }, (_, at) => String(at).padStart(2, "0"));
    const tree = directory({
      ...Object.fromEntries(names.map((it) => [`a${it}`, file(it.repeat(3000))])),
      ...Object.fromEntries(names.map((it) => [`b${it}`, hardlink(`a${it}`)])),
      precious: file("precious"),
    });
    return withScenario(tree, async (scenario) => {
      const { stop, stopped } = flapping(scenario.source);
      for (let round = 0; round < 3; round += 1) {
        const { snapshot, unread } = await scenario.withHost({
          jobs,
          retention: { days: 30, refreshDays: 0 },
        })
          .backup();
        assert.equal(unread, 0);
        const target = `${scenario.directory}/back${round}`;
        assert.equal((await scenario.restore({ target }, snapshot)).lost, 0);
        const back = readTree(restoredSource(scenario, target));
        assert.ok(back.has("precious"));
        for (const it of names) assert.ok(back.has(`b${it}`), it);
      }
      stop();
      await stopped;
      await assertGood(scenario);
    });
  });
}

/** Removes first names and links them again, in another process. */
function flapping(source: string): { stop: () => void; stopped: Promise<unknown> } {
  const script = "while [ -e precious ]; do for n in b*; do a=a${n#b}; rm -f $a; ln $n $a; done; done";
  const stopped = bash(script, { cwd: source }).catch(() => {});
  return { stop: () => Deno.removeSync(`${source}/precious`), stopped };
}
