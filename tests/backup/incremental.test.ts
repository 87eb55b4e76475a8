import { DAY_MS } from "../../lib/model/day.ts";
import assert from "node:assert/strict";
import { basename } from "node:path/posix";
import { archivedBytes } from "../../lib/backup/plan.ts";
import { restore } from "../../lib/restore/restore.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { assertSameTree, directory, file, hardlink, readTree } from "../source/tree.ts";
import { restoredSource } from "../support/scenario.ts";
import { type Life, Mischief, withLife } from "../support/life.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";

let targets = 0;

/** Restores a snapshot and holds it against a copy of the tree. */
async function assertRestores(life: Life, snapshot: string, copy: string): Promise<void> {
  const target = `${life.directory}/back${targets++}`;
  const { lost } = await life.restore({ target }, snapshot);
  assert.equal(lost, 0);
  assertSameTree(restoredSource(life, target), copy);
}

function volumesOf(life: Life, snapshot: string): number {
  return [...life.store.objects.keys()].filter((key) => key.includes(`/${snapshot}/0`)).length;
}

/** The findings of a whole verification but for notes. */
async function findings(life: Life): Promise<string[]> {
  const { findings } = await life.verify({ identities: life.identities });
  return findings.filter(({ kind }) => kind !== "note").map(({ kind, what }) => `${kind}: ${what}`);
}

Deno.test("unchanged files are not re-sent, and are restored", () =>
  withLife(sampleTree(), async (life) => {
    const copy = await life.copy();
    const first = await life.backup();
    life.now += 60_000;
    const second = await life.backup();
    assert.deepEqual([second.entries, second.bytes], [first.entries, first.bytes]);
    assert.deepEqual(second.sent, { entries: 0, bytes: 0 });
    assert.equal(second.objects, 1);
    await assertRestores(life, second.snapshot, copy);
    assert.deepEqual(await findings(life), []);
  }));

for (const seed of [1, 2, 3]) {
  Deno.test(`every snapshot of a tree that changes in every way is restored exactly (${seed})`, () =>
    withLife(sampleTree(), async (life) => {
      const mischief = new Mischief(life.source, seed);
      const made: [snapshot: string, copy: string][] = [];
      for (let day = 0; day < 12; day += 1) {
        mischief.do(8);
        made.push([(await life.backup()).snapshot, await life.copy()]);
        life.now += 3 * DAY_MS;
      }
      assert.ok(volumesOf(life, made.at(-1)![0]) < volumesOf(life, made[0]![0]) * 2);
      for (const [snapshot, copy] of made) await assertRestores(life, snapshot, copy);
      assert.deepEqual(await findings(life), []);
    }, { retention: { days: 90, refreshDays: 10 } }));
}

Deno.test("--full sends everything and builds upon nothing", () =>
  withLife(sampleTree(), async (life) => {
    const first = await life.backup();
    life.now += DAY_MS;
    const full = await life.backup({ full: true });
    assert.deepEqual(full.sent.entries, first.entries);
    assert.deepEqual((await life.snapshot(full.snapshot)).receipt.needs, []);
  }));

Deno.test("with refreshDays 0 every backup is full, and no catalog is kept", () =>
  withLife(sampleTree(), async (life) => {
    await life.backup();
    life.now += DAY_MS;
    const second = await life.backup();
    assert.equal(second.sent.entries, second.entries);
    assert.ok(
      ![...Deno.readDirSync(life.known)].some(({ name }) => /catalog/.test(name)),
    );
  }, { retention: { days: 30, refreshDays: 0 } }));

Deno.test("when the retention was raised, what the bucket may have removed before is re-sent", () =>
  withLife(sampleTree(), async (life) => {
    const first = await life.backup();
    life.now += 20 * DAY_MS;
    const raised = await life.backup({}, { retention: { days: 600, refreshDays: 300 } });
    assert.equal(raised.sent.entries, first.entries);
    life.now += 20 * DAY_MS;
    const later = await life.backup({}, { retention: { days: 600, refreshDays: 300 } });
    assert.ok(later.sent.entries < first.entries / 2);
  }, { retention: { days: 3, refreshDays: 4 } }));

Deno.test("only volumes with selected entries are fetched", () =>
  withLife(
    directory({ a: file(noise(50_000)), b: file(noise(50_000)), c: file(noise(50_000)) }),
    async (life) => {
      await life.backup();
      Deno.writeFileSync(`${life.source}/b`, noise(50_001));
      life.now += DAY_MS / 10;
      await life.backup();
      const got: string[] = [];
      const { reader } = life.store;
      const store = {
        ...life.store,
        reader: {
          ...reader,
          get: (...args: Parameters<typeof reader.get>) => {
            got.push(basename(args[0]));
            return reader.get(...args);
          },
        },
      };
      const options = { globs: ["a"], target: `${life.directory}/back`, overwrite: false };
      await restore(await life.snapshot(), store.reader, life.identities, options, life.run);
      assert.equal(got.filter((name) => /^0/.test(name)).length, 1);
    },
  ));

for (const puts of [1, 2, 3, 5]) {
  Deno.test(`volumes that a run had stored before its interruption at put ${puts} are not re-sent`, () =>
    withLife(sampleTree(), async (life) => {
      let left = puts;
      const breaking = {
        ...life.store.writer,
        put: (...args: Parameters<typeof life.store.writer.put>): Promise<Date | undefined> => {
          if (left-- === 0) return Promise.reject(new StoreError("denied", "the store is closed"));
          return life.store.writer.put(...args);
        },
      };
      await assert.rejects(life.backup({}, {}, breaking), StoreError);
      const had = life.store.objects.size;
      life.now += DAY_MS / 10;
      const copy = await life.copy();
      const next = await life.backup();
      const { receipt } = await life.snapshot(next.snapshot);
      assert.ok(receipt.adopted.length > 0 && had > 0);
      assert.ok(next.sent.entries < next.entries);
      await assertRestores(life, next.snapshot, copy);
      life.now += DAY_MS / 10;
      const third = await life.backup();
      assert.deepEqual((await life.snapshot(third.snapshot)).receipt.adopted, []);
      await assertRestores(life, third.snapshot, copy);
      assert.deepEqual(await findings(life), []);
    }));
}

Deno.test("volumes of a receipt whose answer was lost are adopted, and both snapshots are complete", () =>
  withLife(sampleTree(), async (life) => {
    const deaf = {
      ...life.store.writer,
      async put(...args: Parameters<typeof life.store.writer.put>): Promise<Date | undefined> {
        const taken = await life.store.writer.put(...args);
        if (args[0].includes("/receipt-")) throw new StoreError("unreachable", "the answer got lost");
        return taken;
      },
    };
    await assert.rejects(life.backup({}, {}, deaf), StoreError);
    life.now += DAY_MS / 10;
    const copy = await life.copy();
    const { snapshot, sent } = await life.backup();
    assert.equal(sent.entries, 0);
    await assertRestores(life, snapshot, copy);
    assert.deepEqual(await findings(life), []);
  }));

for (
  const [what, spoil] of [
    ["is gone", (path) => Deno.removeSync(path)],
    ["is garbage", (path) => Deno.writeTextFileSync(path, "garbage".repeat(5000))],
    ["is cut in the middle", (path) => Deno.truncateSync(path, Math.floor(Deno.statSync(path).size / 2))],
    ["has damaged pages", (path) => {
      const bytes = Deno.readFileSync(path);
      Deno.writeFileSync(path, bytes.map((it, at) => at > 8192 && at % 3 === 0 ? it ^ 0xff : it));
    }],
  ] as [string, (path: string) => void][]
) {
  Deno.test(`a catalog that ${what} costs one full backup, which is reported, and no data`, () =>
    withLife(sampleTree(), async (life) => {
      const first = await life.backup();
      life.now += DAY_MS / 10;
      spoil(`${life.known}/catalog.sqlite`);
      const copy = await life.copy();
      const second = await life.backup();
      assert.equal(second.sent.entries, first.entries);
      assert.ok(life.events.some((it) => it.event === "warning" && /Everything is re-sent/.test(it.text)));
      life.now += 60_000;
      assert.equal((await life.backup()).sent.entries, 0);
      await assertRestores(life, second.snapshot, copy);
      assert.deepEqual(await findings(life), []);
    }));
}

Deno.test("a catalog that cannot be written at all costs nothing but full backups", () =>
  withLife(sampleTree(), async (life) => {
    const path = `${life.known}/catalog.sqlite`;
    await life.backup();
    life.now += DAY_MS / 10;
    Deno.removeSync(path);
    // SQLite needs a file beside it, whose place is taken.
    Deno.mkdirSync(`${path}-wal/x`, { recursive: true });
    Deno.chmodSync(`${path}-wal`, 0o500);
    const { sent, entries } = await life.backup();
    assert.equal(sent.entries, entries);
  }));

Deno.test("a change of recipients re-sends everything", () =>
  withLife(sampleTree(), async (life) => {
    await life.backup();
    life.now += DAY_MS / 10;
    const [recipient] = life.host.recipients;
    const { sent, entries } = await life.backup({}, { recipients: [recipient!, recipient!] });
    assert.equal(sent.entries, entries);
  }));

Deno.test("a host whose clock is behind builds upon nothing that is too old by the store's", () =>
  withLife(sampleTree(), async (life) => {
    await life.backup();
    life.now += 40 * DAY_MS;
    life.skew = -39 * DAY_MS;
    const copy = await life.copy();
    const second = await life.backup();
    assert.equal(second.sent.entries, second.entries);
    assert.deepEqual((await life.snapshot(second.snapshot)).receipt.needs, []);
    assert.ok(life.events.some((it) => it.event === "warning" && /its clock says/.test(it.text)));
    await assertRestores(life, second.snapshot, copy);
  }));

Deno.test("a later hard link and a removed first name are restored correctly", () =>
  withLife(directory({ b: file("content"), other: hardlink("b") }), async (life) => {
    await life.backup();
    life.now += DAY_MS / 10;
    Deno.linkSync(`${life.source}/b`, `${life.source}/a`);
    Deno.removeSync(`${life.source}/b`);
    const copy = await life.copy();
    await assertRestores(life, (await life.backup()).snapshot, copy);
  }));

Deno.test("a needed volume that is missing is damage of each snapshot that needs it, and loses its own entries only", () =>
  withLife(directory({ a: file(noise(60_000)), b: file(noise(60_000)) }), async (life) => {
    const first = await life.backup();
    life.now += DAY_MS / 10;
    const second = await life.backup();
    const key = [...life.store.objects.keys()].find((key) => key.includes(`${first.snapshot}/000002`))!;
    life.store.objects.delete(key);
    const reported = (await life.verify()).findings.filter(({ kind }) => kind === "damage");
    assert.deepEqual(
      new Set(reported.map(({ snapshot }) => snapshot)),
      new Set([first.snapshot, second.snapshot]),
    );
    const { lost } = await life.restore({}, second.snapshot);
    assert.equal(lost, 1);
  }));

Deno.test("a damaged index is reported once, even if the snapshot builds on others", () =>
  withLife(sampleTree(), async (life) => {
    await life.backup();
    life.now += DAY_MS / 10;
    Deno.writeTextFileSync(`${life.source}/new`, "new");
    const { snapshot } = await life.backup();
    const key = [...life.store.objects.keys()].find((key) => key.includes(`${snapshot}/index.`))!;
    const { bytes, ...object } = life.store.objects.get(key)!;
    life.store.objects.set(key, { ...object, bytes: bytes.with(100, bytes[100]! ^ 1) });
    assert.deepEqual((await findings(life)).map((it) => it.replace(/-[0-9a-f]{64}/, "")), [
      "damage: index.000000.jsonl.zst.gpg is not what its receipt says",
    ]);
  }));

Deno.test("the progress of a small run ends at the same total as that of a full one", () =>
  withLife(sampleTree(), async (life) => {
    await life.backup();
    life.now += 60_000;
    Deno.writeTextFileSync(`${life.source}/new`, "new");
    const before = life.events.length;
    await life.backup();
    const reported = life.events.slice(before).filter((it) => it.event === "progress");
    assert.ok(reported.at(-1)!.bytes >= await archivedBytes(life.host, AbortSignal.timeout(60_000)));
  }));

Deno.test("a needed snapshot that is missing, or has another receipt, is damage, and loses only its own entries", () =>
  withLife(sampleTree(), async (life) => {
    const first = await life.backup();
    life.now += DAY_MS / 10;
    const second = await life.backup();
    const key = [...life.store.objects.keys()].find((key) => key.includes(`${first.snapshot}/receipt-`))!;
    life.store.objects.delete(key);
    const good = readTree(life.source);
    const { lost } = await life.restore({}, second.snapshot);
    assert.ok(lost > 0, "what lies in the missing snapshot is lost");
    for (const [path, found] of readTree(restoredSource(life))) {
      if (found.type === "file") assert.equal(found.sha256, good.get(path)?.sha256, path);
    }
    assert.ok(life.events.some((it) => it.event === "warning" && it.text.includes(first.snapshot)));
    const reported = (await life.verify()).findings.filter(({ kind }) => kind === "damage");
    assert.ok(
      reported.some(({ snapshot, what }) => snapshot === second.snapshot && /needs/.test(what)),
      `${JSON.stringify(reported)}`,
    );
  }));
