import assert from "node:assert/strict";
import { Records } from "../../lib/app/records.ts";
import { lastReading, readSince, type VerificationRun } from "../../lib/app/verified_record.ts";
import type { Store } from "../../lib/config/types.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import { subsetOf } from "../../lib/model/subset.ts";
import { withDirectory } from "../support/directory.ts";

const store: Store = { kind: "directory", path: "/srv/store" };
const HOST = { name: "web1.example.org", store };
const FILE = "web1.example.org.verified.json";

const RESULT = {
  snapshots: 3,
  objects: 12,
  bytes: 4096,
  damages: 0,
  contentDamages: 0,
  unreadable: 0,
  warnings: 0,
};

/** Night `at`, five o'clock. */
function night(at: number): Date {
  return new Date(Date.parse("2026-06-01T05:00:00Z") + at * DAY_MS);
}

function run(
  at: number,
  kind: VerificationRun["kind"] = "content",
  result: Partial<VerificationRun["result"]> = {},
): VerificationRun {
  const subset = kind === "subset" ? subsetOf(night(at), 30) : undefined;
  return { at: night(at), kind, subset, result: { ...RESULT, ...result } };
}

/** Runs `body` with records in a directory that does not exist yet, and the notes about them. */
function withRecords(
  body: (records: Records, directory: string, notes: string[]) => void | Promise<void>,
): Promise<void> {
  return withDirectory(async (outer) => {
    const notes: string[] = [];
    const directory = `${outer}/.records`;
    await body(new Records(directory, (text) => notes.push(text)), directory, notes);
  });
}

Deno.test("a record of a verification is read as it was written, in a directory that only its owner can open", () =>
  withRecords((records, directory, notes) => {
    assert.equal(records.verified(HOST), undefined);
    records.addVerification(HOST, run(0, "content", { damages: 2, contentDamages: 1, warnings: 1 }));
    assert.deepEqual(records.verified(HOST), {
      version: 1,
      host: HOST.name,
      store: store.path,
      at: night(0).toISOString(),
      result: "damaged",
      kind: "content",
      snapshots: 3,
      objects: 12,
      bytes: 4096,
      findings: 3,
      complete: night(0).toISOString(),
      subsets: null,
      damage: { at: night(0).toISOString(), findings: 1 },
    });
    assert.equal(Deno.statSync(directory).mode! & 0o777, 0o700);
    assert.equal(Deno.statSync(`${directory}/${FILE}`).mode! & 0o777, 0o600);
    assert.deepEqual(notes, []);
  }));

Deno.test("a record of a drill keeps the time of the last drill that passed", () =>
  withRecords((records) => {
    const drill = { checks: { ok: 5, failed: 0, notRun: 0 }, entries: 5, bytes: 10 };
    records.addDrill(HOST, { ...drill, at: night(0).toISOString(), result: "passed" });
    for (const result of ["failed", "not run"] as const) {
      records.addDrill(HOST, { ...drill, at: night(1).toISOString(), result });
      const { passed, at, result: found } = records.drilled(HOST)!;
      assert.deepEqual([passed, at, found], [night(0).toISOString(), night(1).toISOString(), result]);
    }
  }));

Deno.test("thirty nights of subsets read everything, and then its date moves on by a day each night", () =>
  withRecords((records) => {
    for (let at = 0; at < 60; at++) {
      records.addVerification(HOST, run(at, "subset"));
      const record = records.verified(HOST)!;
      assert.equal(lastReading(record), night(at).toISOString());
      assert.equal(readSince(record), at < 29 ? undefined : night(at - 29).toISOString(), `night ${at}`);
    }
  }));

Deno.test("a missed night leaves its subset unread until its turn comes again, or everything is read", () =>
  withRecords((records) => {
    for (let at = 0; at < 60; at++) if (at !== 40) records.addVerification(HOST, run(at, "subset"));
    assert.equal(readSince(records.verified(HOST)!), night(10).toISOString());
    records.addVerification(HOST, run(60, "content"));
    assert.equal(readSince(records.verified(HOST)!), night(60).toISOString());
    records.addVerification(HOST, run(61, "subset"));
    assert.equal(readSince(records.verified(HOST)!), night(60).toISOString());
  }));

Deno.test("only objects that were read count as read", () =>
  withRecords((records) => {
    records.addVerification(HOST, run(0));
    for (const kind of ["presence", "sample"] as const) records.addVerification(HOST, run(1, kind));
    records.addVerification(HOST, run(2, "deep", { unreadable: 1 }));
    const record = records.verified(HOST)!;
    assert.deepEqual([record.at, record.result, readSince(record)], [
      night(2).toISOString(),
      "not checked",
      night(0).toISOString(),
    ]);
  }));

Deno.test("another number of subsets starts again from the beginning", () =>
  withRecords((records) => {
    records.addVerification(HOST, run(0, "subset"));
    records.addVerification(HOST, { ...run(1, "subset"), subset: { part: 3, of: 7 } });
    const { subsets } = records.verified(HOST)!;
    assert.deepEqual([subsets?.since, subsets?.read.length], [night(1).toISOString(), 7]);
  }));

Deno.test("damage of content is remembered until everything was read again without any", () =>
  withRecords((records) => {
    const damage = (): unknown => records.verified(HOST)!.damage;
    records.addVerification(HOST, run(0, "subset", { damages: 1, contentDamages: 1 }));
    for (let at = 1; at < 30; at++) {
      records.addVerification(HOST, run(at, "subset"));
      assert.deepEqual(damage(), { at: night(0).toISOString(), findings: 1 }, `night ${at}`);
    }
    records.addVerification(HOST, run(30, "subset"));
    assert.equal(damage(), null);
    records.addVerification(HOST, run(31, "sample", { damages: 1, contentDamages: 1 }));
    records.addVerification(HOST, run(32, "presence"));
    assert.deepEqual(damage(), { at: night(31).toISOString(), findings: 1 });
    records.addVerification(HOST, run(33, "content"));
    assert.equal(damage(), null);
  }));

Deno.test("a record of another host or of another store is ignored", () =>
  withRecords((records, directory, notes) => {
    records.addVerification(HOST, run(0));
    assert.equal(records.verified({ ...HOST, store: { ...store, path: "/srv/other" } }), undefined);
    Deno.copyFileSync(`${directory}/${FILE}`, `${directory}/web2.example.org.verified.json`);
    assert.equal(records.verified({ ...HOST, name: "web2.example.org" }), undefined);
    assert.deepEqual(notes, []);
  }));

Deno.test("a mirror has a record of its own, which belongs to its store", () =>
  withRecords((records, directory) => {
    const mirror = { name: "second", store: { kind: "directory", path: "/mnt/second" } } as const;
    records.addVerification(HOST, run(0));
    records.addVerification(HOST, run(1, "subset"), mirror);
    assert.equal(records.verified(HOST)!.at, night(0).toISOString());
    const { at, store, kind } = records.verified(HOST, mirror)!;
    assert.deepEqual([at, store, kind], [night(1).toISOString(), mirror.store.path, "subset"]);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), [
      FILE,
      "web1.example.org@second.verified.json",
    ]);
    assert.equal(records.verified(HOST, { ...mirror, name: "third" }), undefined);
    assert.equal(
      records.verified(HOST, { ...mirror, store: { ...mirror.store, path: "/mnt/other" } }),
      undefined,
    );
  }));

Deno.test("a damaged record is a note and is replaced by the next one", () =>
  withRecords((records, directory, notes) => {
    records.addVerification(HOST, run(0));
    const good = Deno.readTextFileSync(`${directory}/${FILE}`);
    const bad = [
      "",
      "{",
      "[".repeat(10_000),
      good.replace('"version": 1', '"version": 2'),
      good.replace('"result": "good"', '"result": "fine"'),
      good.replace(/"at": "[^"]*"/, '"at": "yesterday"'),
      good.replace('"objects": 12', '"objects": -1'),
      good.replace('"objects": 12', '"objects": 1e400'),
      good.replace('"damage": null', '"damage": null,\n "more": 1'),
      good.replace('"complete":', '"host": "x",\n "complete":'),
      good.slice(0, -10),
    ];
    for (const text of bad) {
      Deno.writeTextFileSync(`${directory}/${FILE}`, text);
      assert.equal(records.verified(HOST), undefined, text.slice(0, 100));
      assert.match(notes.pop()!, /^Cannot use the record ".*verified\.json": /);
    }
    records.addVerification(HOST, run(1));
    assert.equal(records.verified(HOST)?.complete, night(1).toISOString());
  }));

Deno.test("a record that is a link, a pipe, a directory or very large is not read", () =>
  withRecords(async (records, directory) => {
    records.addVerification(HOST, run(0));
    const file = `${directory}/${FILE}`;
    const good = Deno.readTextFileSync(file);
    Deno.renameSync(file, `${directory}/elsewhere`);
    Deno.symlinkSync("elsewhere", file);
    assert.equal(records.verified(HOST), undefined);
    Deno.removeSync(file);
    Deno.writeTextFileSync(file, good + " ".repeat(100_000));
    assert.equal(records.verified(HOST), undefined);
    Deno.removeSync(file);
    Deno.mkdirSync(file);
    assert.equal(records.verified(HOST), undefined);
    Deno.removeSync(file);
    await new Deno.Command("mkfifo", { args: [file] }).output();
    assert.equal(records.verified(HOST), undefined);
  }));

Deno.test("a record that cannot be written is a note", () =>
  withDirectory((directory) => {
    const notes: string[] = [];
    Deno.writeTextFileSync(`${directory}/file`, "");
    new Records(`${directory}/file/.records`, (text) => notes.push(text)).addVerification(HOST, run(0));
    assert.match(notes.at(-1)!, /^Cannot record the result for web1\.example\.org: /);
  }));
