import assert from "node:assert/strict";
import { files } from "../../lib/snapshots/files.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { newSessionKey } from "../../lib/seal/session_key.ts";
import { workers } from "../../lib/workers/pool.ts";
import { batches } from "../../lib/backup/batches.ts";
import { MAKE_VOLUME, makeVolume, type VolumeNews, type VolumeOrder } from "../../lib/backup/volume.ts";
import { EntryStatus } from "../../lib/backup/volume_summary.ts";
import { ownerPair } from "../seal/keys.ts";
import { directory, file, writeTree } from "../source/tree.ts";
import { select, walked } from "../source/walking.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { withDirectory } from "../support/directory.ts";
import { sampleTree } from "../support/sample_tree.ts";

async function shapeOf(scenario: Scenario, id: string): Promise<unknown> {
  const snapshot = await scenario.snapshot(id);
  const { receipt } = snapshot;
  const { entries, bytes, unread, index } = receipt;
  const volumes = receipt.volumes.map(({ number, entries, plain, parts }) => ({
    number,
    entries,
    plain,
    parts: parts.length,
  }));
  const lines: Entry[] = await Array.fromAsync(
    files(snapshot, [], scenario.store.reader, scenario.identities, scenario.run),
  );
  return { entries, bytes, unread, volumes, index: index.plain, lines };
}

Deno.test("order, names and results do not depend on the number of jobs", () =>
  withScenario(sampleTree(), async (scenario) => {
    const shapes: unknown[] = [];
    for (const jobs of [1, 2, 3]) {
      const { unread, snapshot } = await scenario.withHost({ jobs }).backup();
      assert.equal(unread, 0);
      shapes.push(await shapeOf(scenario, snapshot));
    }
    assert.deepEqual((await scenario.verify({ identities: scenario.identities })).findings, []);
    assert.deepEqual(shapes[1], shapes[0]);
    assert.deepEqual(shapes[2], shapes[0]);
  }));

Deno.test("with several volumes at a time, every problem is reported and counted", () =>
  withScenario(sampleTree(), async (scenario) => {
    const gone = `${scenario.source}/gone`;
    const { unread } = await scenario.withHost({
      jobs: 3,
      selection: { ...scenario.host.selection, paths: [scenario.source, gone] },
    }).backup();
    assert.equal(unread, 1);
    assert.ok(scenario.events.some((event) => event.event === "trouble" && event.path === gone));
  }));

Deno.test("an interrupted run ends its threads and rejects with the reason", () =>
  withScenario(sampleTree(), async (scenario) => {
    const interrupt = new AbortController();
    const report = (): void => interrupt.abort(new Error("enough"));
    const run = { ...scenario.run, signal: interrupt.signal, report };
    await assert.rejects(scenario.withHost({ jobs: 2 }, run).backup(), { message: "enough" });
    assert.ok([...scenario.store.objects.keys()].every((name) => !name.includes("/receipt-")));
  }));

for (const [count, threads] of [[1, 0], [2, 1], [2, 2]] as const) {
  Deno.test(`an error of a job, on ${threads} threads of ${count}, reaches its caller`, async () => {
    using makers = workers(count, threads);
    const listener = { answer: () => Promise.resolve({ value: undefined }), reported: () => {} };
    await assert.rejects(
      makers.run(MAKE_VOLUME, { number: 1 } as VolumeOrder, listener),
      /entries|undefined/,
    );
  });
}

Deno.test("a volume records the status of each entry", () =>
  withDirectory(async (root) => {
    writeTree(root, directory({ a: file("a"), b: file("b"), c: file("c"), d: file("d") }));
    const [entries] = batches(walked(select([root])).entries, 100_000);
    Deno.removeSync(`${root}/b`);
    Deno.writeTextFileSync(`${root}/c`, "longer");
    const news: VolumeNews[] = [];
    const session = await newSessionKey([(await ownerPair()).recipient]);
    const order = {
      number: 1,
      entries: entries!,
      session,
      compression: { kind: "none" },
      partSize: 100_000,
      checksums: true,
      helpedBlocks: 0,
    } as const;
    const made = await makeVolume(order, {
      ask: () => Promise.resolve(),
      report: (it) => void news.push(it),
      pause: () => Promise.resolve(),
    });
    const { STORED, CHANGED, LOST } = EntryStatus;
    assert.deepEqual([...made.statuses], [STORED, STORED, LOST, CHANGED, STORED]);
    assert.equal(made.entries, 4);
    assert.deepEqual(news.flatMap((it) => it.kind === "trouble" ? [it.trouble.path] : []), [`${root}/b`]);
    assert.deepEqual(news.at(-1), { kind: "entries", entries }, "they are given back");
  }));

Deno.test("a large file with holes is reported, and progress continues while it is read", () =>
  withScenario(directory({ a: file("a"), holes: file() }), async (scenario) => {
    Deno.truncateSync(`${scenario.source}/holes`, 1024 ** 3);
    const read = 2 ** 30;
    const { bytes, stored } = await scenario.backup();
    assert.equal(bytes, read + 1);
    assert.ok(stored < 2 ** 20, "zeros compress to nothing");
    const notes = scenario.events.flatMap((it) =>
      it.event === "note" && it.text.includes("holes") ? [it.text] : []
    );
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /has 1,024 MiB, of which 0 MiB are on its disk/);
    const progress = scenario.events.flatMap((it) => it.event === "progress" ? [it.bytes] : []);
    assert.ok(progress.length > 100 && progress.at(-1)! >= read, "zeros count");
  }));
