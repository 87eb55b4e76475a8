import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { Damage, Failure, Misuse } from "../../lib/model/failure.ts";
import type { Item } from "../archive/making.ts";
import { StoreError, type StoreReader } from "../../lib/store/contract.ts";
import { assertSameTree, assertTree, directory, fifo, file, hardlink, symlink } from "../source/tree.ts";
import { restoredSource, withScenario } from "../support/scenario.ts";
import { bash, foreignTest } from "../support/foreign.ts";
import { forgeTree } from "../support/forged_tree.ts";
import { type Life, Mischief, withLife } from "../support/life.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";
import { type Streamed, streamed } from "./streamed.ts";

const TOOLS = { "GNU tar": "tar -x -p --numeric-owner", bsdtar: "bsdtar -x -f - -p --numeric-owner" };

/** Extracts a stream into a new directory. */
async function extract({ bytes, error }: Streamed, into: string, tool = TOOLS["GNU tar"]): Promise<void> {
  if (error !== undefined) throw error;
  Deno.mkdirSync(into);
  Deno.writeFileSync(`${into}.tar`, bytes);
  await bash(`${tool} < ${into}.tar`, { cwd: into });
}

/** Compares a restored snapshot with its stream that each tool extracts. */
async function assertStreams(life: Life, id: string, number: number): Promise<void> {
  const stream = await streamed(life, await life.snapshot(id));
  const restored = `${life.directory}/restored${number}`;
  const { lost } = await life.restore({ target: restored }, id);
  assert.equal(lost, 0);
  for (const [name, tool] of Object.entries(TOOLS)) {
    const into = `${life.directory}/${name} ${number}`.replaceAll(" ", "");
    await extract(stream, into, tool);
    assertSameTree(restoredSource(life, into), restoredSource(life, restored));
  }
}

foreignTest(
  ["tar", "bsdtar"],
  "the stream of each snapshot is extracted to the tree that a restore makes",
  () =>
    withLife(sampleTree(), async (life) => {
      const mischief = new Mischief(life.source, 9);
      for (let day = 0; day < 5; day += 1) {
        await assertStreams(life, (await life.backup()).snapshot, day);
        mischief.do(8);
        life.now += 3 * DAY_MS;
      }
    }, { retention: { days: 90, refreshDays: 10 } }),
);

const TREE = directory({
  a: file("a"),
  www: directory({
    "index.html": file("index"),
    "access.log": file("log"),
    sub: directory({ deep: directory({ f: file("f") }, { mode: 0o710 }) }, { mode: 0o750 }),
    link: symlink("index.html"),
    other: hardlink("a"),
    pipe: fifo(),
  }, { mode: 0o751, mtime: 1_234_567_890_123 }),
});

foreignTest(
  ["tar"],
  "the stream holds what globs select, with its parents, without what is excluded",
  () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      const globs = ["deep", "access.log", "*.html"];
      const stream = await streamed(scenario, await scenario.snapshot(), { globs, exclude: ["*.html"] });
      await extract(stream, `${scenario.directory}/back`);
      assertTree(
        restoredSource(scenario),
        directory({
          www: directory({
            "access.log": file("log"),
            sub: directory({ deep: directory({ f: file("f") }, { mode: 0o710 }) }, { mode: 0o750 }),
          }, { mode: 0o751, mtime: 1_234_567_890_123 }),
        }),
      );
    }),
);

foreignTest(
  ["tar"],
  "the stream of a selected hard link holds the file that it points to, before it",
  () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      const stream = await streamed(scenario, await scenario.snapshot(), { globs: ["other"] });
      await extract(stream, `${scenario.directory}/back`);
      assertTree(
        restoredSource(scenario),
        directory({ a: file("a"), www: directory({ other: hardlink("a") }) }),
      );
    }),
);

foreignTest(
  ["tar"],
  "--strip drops a leading path from entries and from the targets of hard links",
  () =>
    withScenario(
      directory({ w: directory({ x: file("x"), y: hardlink("w/x"), l: symlink("x") }), z: file("z") }),
      async (scenario) => {
        await scenario.backup();
        const strip = `${scenario.source}/w`;
        await extract(
          await streamed(scenario, await scenario.snapshot(), { globs: [strip], strip }),
          `${scenario.directory}/back`,
        );
        assertTree(
          `${scenario.directory}/back`,
          directory({ x: file("x"), y: hardlink("x"), l: symlink("x") }),
        );
        const { bytes, error } = await streamed(scenario, await scenario.snapshot(), { strip });
        assert.deepEqual([bytes.length, error instanceof Misuse], [0, true]);
      },
    ),
);

Deno.test("globs that select nothing are reported, and nothing is streamed if none selects anything", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    const snapshot = await scenario.snapshot();
    assert.deepEqual((await streamed(scenario, snapshot, { globs: ["a", "no"] })).unmatched, ["no"]);
    const { bytes, error } = await streamed(scenario, snapshot, { globs: ["no"] });
    assert.ok(error instanceof Failure && bytes.length === 0);
  }));

foreignTest(
  ["tar"],
  "a damaged part ends the stream without an end of the archive, which tar notices",
  () =>
    withScenario(directory({ big: file(noise(300_000)), small: file("x") }), async (scenario) => {
      await scenario.backup();
      const snapshot = await scenario.snapshot();
      const good = (await streamed(scenario, snapshot)).bytes;
      const parts = [...scenario.store.objects].filter(([name]) => /\.\d{6}-.*\.tar\./.test(name));
      let damages = 0;
      for (const [at, [name, object]] of parts.entries()) {
        scenario.store.objects.set(name, { ...object, bytes: object.bytes.slice(1) });
        const { bytes, error } = await streamed(scenario, snapshot);
        scenario.store.objects.set(name, object);
        if (error === undefined && bytes.equals(good)) continue; // no file is in that volume
        damages += 1;
        assert.ok(error instanceof Damage, String(error));
        assert.ok(bytes.length < good.length && bytes.equals(good.subarray(0, bytes.length)), name);
        if (bytes.length === 0) continue;
        await assert.rejects(
          extract({ bytes, error: undefined, unmatched: [] }, `${scenario.directory}/broken${at}`),
          /exit 2/,
        );
      }
      assert.ok(damages > 3, `${damages}`);
    }),
);

Deno.test("selected entries that are lost by the indexes are refused before anything is streamed", () =>
  withScenario(directory({}), async (scenario) => {
    const entry = (path: string, link?: string): Item => {
      const stat = { size: 0, mode: 0o644, uid: 0, gid: 0, user: "", group: "", mtime: 0 };
      const type = link === undefined ? "file" : "hardlink";
      return { entry: { path, type, ...stat, ...(link && { link }) }, content: new Uint8Array() };
    };
    await forgeTree(scenario, {
      volumes: [{ items: [entry("ok"), entry("h", "none")] }],
    });
    const snapshot = await scenario.snapshot();
    const { bytes, error } = await streamed(scenario, snapshot);
    assert.ok(error instanceof Damage && bytes.length === 0, String(error));
    assert.match(error.message, /\/h: it is a hard link to "none"/);
    assert.equal((await streamed(scenario, snapshot, { globs: ["/ok"] })).error, undefined);
    assert.equal((await streamed(scenario, snapshot, { exclude: ["/h"] })).error, undefined);
  }));

Deno.test("device nodes are left out of the stream, with a warning", () =>
  withScenario(directory({}), async (scenario) => {
    const stat = { size: 0, mode: 0o660, uid: 0, gid: 0, user: "", group: "", mtime: 0 };
    const device = { path: "sda", type: "block", device: { major: 8, minor: 0 }, ...stat } as const;
    await forgeTree(scenario, { volumes: [{ items: [{ entry: device, content: new Uint8Array() }] }] });
    const { bytes, error } = await streamed(scenario, await scenario.snapshot());
    assert.deepEqual([error, bytes.length, bytes.every((byte) => byte === 0)], [undefined, 1024, true]);
    assert.ok(
      scenario.events.some((it) => it.event === "warning" && it.text.startsWith("1 device node left out")),
    );
  }));

Deno.test("an index that is lost while the stream runs ends it without an end of the archive", () =>
  withLife(directory({ a: file("a"), b: file("b") }), async (life) => {
    const { snapshot: first } = await life.backup();
    life.now += DAY_MS;
    Deno.writeTextFileSync(`${life.source}/b`, "changed");
    const { snapshot } = await life.backup();
    let reads = 0;
    const reader: StoreReader = {
      ...life.store.reader,
      get: (name, options) => {
        if (name.includes(`${first}/index.`) && ++reads > 1) throw new StoreError("missing", "it is gone");
        return life.store.reader.get(name, options);
      },
    };
    const whole = await streamed(life, await life.snapshot(snapshot));
    const { bytes, error } = await streamed(life, await life.snapshot(snapshot), {}, reader);
    assert.ok(error instanceof Damage && reads > 1, `${reads}: ${error}`);
    assert.ok(bytes.length < whole.bytes.length);
  }));
