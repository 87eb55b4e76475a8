import assert from "node:assert/strict";
import { DEFAULT_DRILL } from "../../lib/config/drill.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { NO_ENTRY } from "../../lib/model/pack.ts";
import { openIdentities } from "../../lib/app/keys.ts";
import { Interrupted } from "../../lib/model/failure.ts";
import { generateIdentity } from "../../lib/seal/identity.ts";
import { StoreError, type StoreReader } from "../../lib/store/contract.ts";
import { directory, file, hardlink, symlink } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { forgeTree } from "../support/forged_tree.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";
import { checksOf, rehearse, troublesOf } from "./rehearsal.ts";

const ALL = { ...DEFAULT_DRILL, files: 1000 };

const left = ({ directory }: Scenario): string[] =>
  [...Deno.readDirSync(`${directory}/temp`)].map(({ name }) => name);

Deno.test("a drill restores a sample of the newest and of an older snapshot, and leaves nothing behind", () =>
  withScenario(sampleTree(), async (it) => {
    const older = await it.backup();
    Deno.writeTextFileSync(`${it.source}/new.txt`, "new");
    const newest = await it.backup();
    const found = await rehearse(it, { host: { drill: ALL } });
    assert.equal(found.state, "ok", JSON.stringify(troublesOf(found)));
    assert.deepEqual(found.drilled.map(({ snapshot }) => snapshot), [newest.snapshot, older.snapshot]);
    assert.ok(checksOf(found).length > 20);
    const { sample } = found.drilled[0]!;
    assert.equal(sample!.entries, sample!.ofEntries);
    assert.equal(found.snapshots, 2);
    assert.deepEqual(left(it), []);
  }));

Deno.test("the same seed drills the same snapshots and entries", () =>
  withScenario(
    directory(Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f${at}`, file(`${at}`)]))),
    async (it) => {
      for (let count = 0; count < 4; count += 1) {
        Deno.writeTextFileSync(`${it.source}/f${count}`, "changed");
        await it.backup();
      }
      const host = { drill: { ...DEFAULT_DRILL, files: 3 } };
      const paths = async (seed: string): Promise<unknown> =>
        checksOf(await rehearse(it, { seed, host })).map(({ snapshot, path }) => [snapshot, path]);
      assert.deepEqual(await paths("a"), await paths("a"));
      assert.notDeepEqual(await paths("a"), await paths("b"));
    },
  ));

Deno.test("a damaged volume fails the checks of what it holds and no others", () =>
  withScenario(
    directory({ a: file(noise(60_000, 1)), b: file(noise(60_000, 2)), c: hardlink("b"), d: symlink("b") }),
    async (it) => {
      await it.backup();
      const victim = [...it.store.objects.keys()].find((key) => key.includes("/000002."))!;
      it.store.objects.get(victim)!.bytes[1000]! ^= 1;
      const found = await rehearse(it, { host: { drill: ALL } });
      assert.equal(found.state, "failed");
      assert.deepEqual(troublesOf(found).map(({ path, state }) => [path!.split("/").at(-1), state]).sort(), [
        ["b", "failed"],
        ["c", "failed"],
      ]);
    },
  ));

for (const [what, part] of [["index", "/index."], ["receipt", "/receipt-"]] as const) {
  Deno.test(`a damaged ${what} is a failed check`, () =>
    withScenario(directory({ a: file("a") }), async (it) => {
      await it.backup();
      const { snapshot } = await it.backup();
      const victim = [...it.store.objects.keys()].find((key) => key.includes(snapshot + part))!;
      it.store.objects.get(victim)!.bytes[50]! ^= 1;
      const found = await rehearse(it);
      assert.equal(found.state, "failed");
      assert.deepEqual(troublesOf(found).map(({ subject, state }) => [subject, state]), [[what, "failed"]]);
    }));
}

/** A reader whose store does not return volumes. */
function without(reader: StoreReader, part: RegExp): StoreReader {
  return {
    ...reader,
    get: (name, options) =>
      part.test(name)
        ? Promise.reject(new StoreError("unreachable", "no answer"))
        : reader.get(name, options),
  };
}

Deno.test("a check whose object the store does not return has not run: it neither passes nor fails", () =>
  withScenario(directory({ a: file("a") }), async (it) => {
    await it.backup();
    for (const part of [/\/0000/, /\/index\./, /./]) {
      const store = { ...it.store, reader: without(it.store.reader, part) };
      const found = await rehearse({ ...it, store });
      assert.equal(found.state, "not run", `${part}`);
      assert.deepEqual(left(it), []);
    }
  }));

Deno.test("a check with a wrong key has not run, and names the missing key", () =>
  withScenario(directory({ a: file("a") }), async (it) => {
    await it.backup();
    const { privateKey } = await generateIdentity({ name: "other", now: new Date() });
    Deno.writeTextFileSync(`${it.directory}/other.asc`, privateKey, { mode: 0o600 });
    const keys = await openIdentities([`${it.directory}/other.asc`], () => Promise.resolve(undefined));
    const found = await rehearse(it, { keys });
    assert.equal(found.state, "not run");
    assert.match(troublesOf(found)[0]!.reason!, /No given private key opens this/);
  }));

Deno.test("without a complete snapshot the newest one is drilled, and the drill does not pass", () =>
  withScenario(directory({ a: file("a") }), async (it) => {
    const missing = [...it.host.selection.paths, `${it.directory}/missing`];
    const { snapshot } = await it.withHost({ selection: { ...it.host.selection, paths: missing } }).backup();
    const found = await rehearse(it);
    assert.deepEqual([found.state, found.drilled.map((it) => it.snapshot)], ["not run", [snapshot]]);
    assert.equal(troublesOf(found).length, 1);
  }));

Deno.test("a host without a snapshot has not run", () =>
  withScenario(directory({ a: file("a") }), async (it) => {
    assert.match(troublesOf(await rehearse(it))[0]!.reason!, /no complete snapshot/);
    assert.equal((await rehearse(it)).state, "not run");
  }));

Deno.test("a path of drill.always that a snapshot does not have is a failed check", () =>
  withScenario(directory({ a: file("a") }), async (it) => {
    await it.backup();
    const always = [`${it.source}/a`, `${it.source}/gone`];
    const found = await rehearse(it, { host: { drill: { ...DEFAULT_DRILL, files: 0, always } } });
    assert.deepEqual(troublesOf(found).map(({ path, state }) => [path, state]), [[
      `${it.source}/gone`,
      "failed",
    ]]);
    assert.ok(
      checksOf(found).some(({ path, draw, state }) =>
        path === always[0] && draw === "always" && state === "ok"
      ),
    );
  }));

Deno.test("a link in the place of a dump is not given to the commands that check the dump", () =>
  withScenario(directory({}), async (it) => {
    const link: Entry = {
      ...NO_ENTRY,
      path: "nightdrop-dumps/d",
      type: "symlink",
      link: "/etc/hostname",
      mode: 0o777,
    };
    await forgeTree(it, { volumes: [{ items: [{ entry: link, content: new Uint8Array() }] }] });
    const check = {
      name: "d",
      load: undefined,
      check: ["cat", "{file}"],
      expect: undefined,
      timeLimit: 1000,
    } as const;
    const found = await rehearse(it, { host: { drill: { ...ALL, dumps: [check] } } });
    const about = checksOf(found).filter(({ path }) => path === "/nightdrop-dumps/d");
    assert.deepEqual(about.map(({ subject, state }) => [subject, state]), [["entry", "ok"], [
      "dump",
      "failed",
    ]]);
    assert.match(about[1]!.reason!, /the snapshot does not have it/);
  }));

Deno.test("an interrupted drill ends with the reason and leaves nothing behind", () =>
  withScenario(directory({ a: file(noise(300_000)) }), async (it) => {
    await it.backup();
    const stop = new AbortController();
    const reader: StoreReader = {
      ...it.store.reader,
      get: (name, options) => {
        if (name.includes("/0000")) stop.abort(new Interrupted());
        return it.store.reader.get(name, options);
      },
    };
    const run = rehearse({ ...it, store: { ...it.store, reader } }, { run: { signal: stop.signal } });
    await assert.rejects(run, Interrupted);
    assert.deepEqual(left(it), []);
  }));
