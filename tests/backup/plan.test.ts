/** What a dry run announces is what the backup after it does, and nothing in the state directory knows of it. */
import { DAY_MS } from "../../lib/model/day.ts";
import assert from "node:assert/strict";
import { basename } from "node:path/posix";
import { openState } from "../../lib/catalog/state.ts";
import type { Host } from "../../lib/config/types.ts";
import { exists } from "../../lib/disk/exists.ts";
import { Interrupted, Locked } from "../../lib/model/failure.ts";
import { type Plan, plan, type PlanOptions } from "../../lib/backup/plan.ts";
import type { BackupResult } from "../../lib/backup/backup.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { directory, file } from "../source/tree.ts";
import { BUCKET, type Life, withLife } from "../support/life.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";

const STATE = "state/web1.example.org";

function backup(life: Life): Promise<BackupResult> {
  return life.backup();
}

/** Every file below a directory with what it holds and when it was changed. */
function contents(directory: string): [name: string, text: string, mtime: number][] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }): [string, string, number][] => {
    const path = `${directory}/${name}`;
    if (isDirectory) return contents(path);
    return [[path, Deno.readFileSync(path).toHex(), Deno.statSync(path).mtime!.getTime()]];
  }).sort();
}

/** Plans, and holds the state directory against what it was. */
async function planned(life: Life, options: PlanOptions = {}, changes: Partial<Host> = {}): Promise<Plan> {
  const before = contents(`${life.directory}/${STATE}`);
  life.events.length = 0;
  const result = await plan({ ...life.host, ...changes }, life.run, options);
  assert.deepEqual(contents(`${life.directory}/${STATE}`), before);
  return result;
}

/** What was told beside the plan. */
function reported(life: Life): string[] {
  return life.events.flatMap((it) =>
    "text" in it && it.event !== "output" ? [`${it.event}: ${it.text}`] : []
  );
}

Deno.test("after a backup and a change of one file a plan has that file, and the next backup sends it", () =>
  withLife(directory({ a: file(noise(50_000)), b: file(noise(50_000)) }), async (life) => {
    await backup(life);
    life.now += DAY_MS / 10;
    assert.deepEqual((await planned(life)).sent, { entries: 0, bytes: 0 });
    Deno.writeFileSync(`${life.source}/b`, noise(40_000));
    const names: string[] = [];
    const announced = await planned(life, { each: ({ path }) => names.push(path) });
    assert.deepEqual([announced.entries, announced.bytes], [3, 90_000]);
    assert.deepEqual(announced.sent, { entries: 1, bytes: 40_000 });
    assert.deepEqual(names.map((path) => `/${path}`), [`${life.source}/b`]);
    assert.equal(announced.volumes, 1);
    assert.deepEqual(reported(life), []);
    const made = await backup(life);
    assert.deepEqual(made.sent, announced.sent);
    assert.deepEqual((await planned(life, { full: true })).sent, { entries: 3, bytes: 90_000 });
  }));

Deno.test("a plan includes content that is re-sent because of its age", () =>
  withLife(sampleTree(), async (life) => {
    await backup(life);
    let refreshed = 0;
    for (let day = 0; day < 12; day += 1) {
      life.now += DAY_MS;
      const { sent } = await planned(life);
      assert.deepEqual((await backup(life)).sent, sent);
      refreshed += sent.entries;
    }
    assert.ok(refreshed > 0);
  }, { retention: { days: 30, refreshDays: 4 } }));

Deno.test("a plan does not include volumes that an interrupted run has stored", () =>
  withLife(sampleTree(), async (life) => {
    let left = 2;
    const breaking = {
      ...life.store.writer,
      put: (...args: Parameters<typeof life.store.writer.put>): Promise<Date | undefined> =>
        left-- > 0
          ? life.store.writer.put(...args)
          : Promise.reject(new StoreError("denied", "the store is closed")),
    };
    await assert.rejects(life.backup({}, {}, breaking), StoreError);
    life.now += DAY_MS / 10;
    const { sent, entries } = await planned(life);
    assert.ok(sent.entries < entries, `${sent.entries} of ${entries}`);
    assert.deepEqual((await backup(life)).sent, sent);
  }));

Deno.test("a plan uses the log that a killed run left beside the catalog, and does not change it", () =>
  withLife(directory({ a: file(noise(50_000)), b: file(noise(50_000)) }), async (life) => {
    const state = life.known;
    await backup(life);
    life.now += DAY_MS / 10;
    Deno.writeFileSync(`${life.source}/b`, noise(40_000));
    const { put } = life.store.writer;
    await assert.rejects(
      life.backup({}, {}, {
        ...life.store.writer,
        put: (...args) => {
          // The volume is stored and remembered when its index comes; this is what a kill leaves then.
          if (!basename(args[0]).startsWith("index")) return put(...args);
          Deno.mkdirSync(`${life.directory}/killed`);
          for (const { name } of Deno.readDirSync(state)) {
            Deno.copyFileSync(`${state}/${name}`, `${life.directory}/killed/${name}`);
          }
          return Promise.reject(new StoreError("denied", "the store is closed"));
        },
      }),
      StoreError,
    );
    assert.ok(Deno.statSync(`${life.directory}/killed/catalog.sqlite-wal`).size > 0);
    Deno.removeSync(state, { recursive: true });
    Deno.renameSync(`${life.directory}/killed`, state);
    assert.deepEqual((await planned(life)).sent, { entries: 0, bytes: 0 });
    assert.deepEqual((await backup(life)).sent, { entries: 0, bytes: 0 });
  }));

Deno.test("without earlier backups a plan includes everything, gives the reason and creates nothing", () =>
  withLife(sampleTree(), async (life) => {
    const first = await plan(life.host, life.run);
    assert.deepEqual(first.sent, { entries: first.entries, bytes: first.bytes });
    assert.match(
      reported(life).join(),
      /^note: Everything would be sent: .*knows of no backup to this store yet$/,
    );
    assert.throws(() => Deno.statSync(`${life.directory}/state`), Deno.errors.NotFound);
    assert.deepEqual((await backup(life)).sent, first.sent);
  }));

const DOUBTS: readonly [what: string, spoil: (life: Life) => void, says: RegExp, changes?: Partial<Host>][] =
  [
    ["is gone", (life) => Deno.removeSync(`${life.known}/catalog.sqlite`), /it is gone/],
    [
      "is damaged",
      (life) => Deno.truncateSync(`${life.known}/catalog.sqlite`, 5000),
      /cannot use the catalog /,
    ],
    ["is another store's", () => {}, /knows of no backup to this store yet/, {
      store: { ...BUCKET, endpoint: "https://s3.example.org" },
    }],
    [
      "is of no use without a signing key",
      (life) => Deno.removeSync(`${life.directory}/${STATE}/signer.asc`),
      /signing key changed/,
    ],
    ["is not wanted", () => {}, /refreshDays is 0/, { retention: { days: 30, refreshDays: 0 } }],
    [
      "is none",
      (life) => {
        Deno.removeSync(`${life.known}/catalog.sqlite`);
        Deno.mkdirSync(`${life.known}/catalog.sqlite`);
      },
      /cannot use the catalog/,
    ],
  ];

for (const [what, spoil, says, changes] of DOUBTS) {
  Deno.test(`if the catalog ${what}, a plan includes everything and gives the reason`, () =>
    withLife(directory({ a: file("a"), b: file("b") }), async (life) => {
      await backup(life);
      life.now += DAY_MS / 10;
      spoil(life);
      life.events.length = 0;
      const { sent, entries } = await plan({ ...life.host, ...changes }, life.run);
      assert.equal(sent.entries, entries);
      assert.match(reported(life).join("\n"), says);
      assert.ok(!exists(`${life.directory}/${STATE}/catalog.copy`));
    }));
}

Deno.test("while a run is under way there is no plan, and a plan holds up no run", () =>
  withLife(directory({ a: file("a") }), async (life) => {
    await backup(life);
    life.now += DAY_MS / 10;
    {
      using _ = openState(`${life.directory}/${STATE}`, life.run.now());
      await assert.rejects(plan(life.host, life.run), Locked);
      assert.equal((await plan(life.host, life.run, { full: true })).sent.entries, 2);
    }
    let runs = 0;
    const each = (): void => {
      using _ = openState(`${life.directory}/${STATE}`, life.run.now());
      runs += 1;
    };
    Deno.writeTextFileSync(`${life.source}/a`, "other");
    await plan(life.host, life.run, { each });
    assert.ok(runs > 0);
  }));

Deno.test("the signal of the run ends a plan", () =>
  withLife(sampleTree(), async (life) => {
    const signal = AbortSignal.abort(new Interrupted());
    await assert.rejects(plan(life.host, { report: () => {}, now: () => new Date(), signal }), Interrupted);
  }));
