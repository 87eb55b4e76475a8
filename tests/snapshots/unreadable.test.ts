/** One object that the store refuses to give loses only what depends on it, whichever it is and whoever reads. */
import assert from "node:assert/strict";
import type { Entry } from "../../lib/model/entry.ts";
import { restore, type RestoreResult } from "../../lib/restore/restore.ts";
import { files } from "../../lib/snapshots/files.ts";
import { list } from "../../lib/snapshots/list.ts";
import { readSnapshot, type Snapshot } from "../../lib/snapshots/snapshots.ts";
import { storedDirectories } from "../../lib/snapshots/directories.ts";
import type { Lost } from "../../lib/snapshots/tree_scan.ts";
import { StoreError, type StoreErrorKind, type StoreReader } from "../../lib/store/contract.ts";
import { isolatingReader } from "../../lib/store/isolating_reader.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { verify } from "../../lib/verify/verify.ts";
import { directory, file, hardlink, writeTree } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { noise } from "../support/sample_tree.ts";

const KINDS: readonly StoreErrorKind[] = ["denied", "busy"];

/** Two snapshots, of which the second needs volumes of the first. */
async function twoSnapshots(scenario: Scenario): Promise<readonly string[]> {
  const first = await scenario.backup();
  writeTree(`${scenario.source}/later`, directory({ new: file(noise(70_000, 9)) }));
  const second = await scenario.backup();
  return [first.snapshot, second.snapshot];
}

const TREE = directory({
  a: file(noise(60_000, 1)),
  b: file(noise(60_000, 2)),
  c: hardlink("a"),
  d: directory({}),
});

/** Reads a store that never gives the objects of which `refused` says so. */
function refusing(scenario: Scenario, kind: StoreErrorKind, refused: (name: string) => boolean): StoreReader {
  const { reader } = scenario.store;
  const get: StoreReader["get"] = (name, options) =>
    refused(name)
      ? Promise.reject(new StoreError(kind, "the store does not give it"))
      : reader.get(name, options);
  return isolatingReader({ ...reader, get }, { sleep: () => Promise.resolve() });
}

async function snapshotOf(scenario: Scenario, reader: StoreReader, id: string): Promise<Snapshot> {
  const { signal } = scenario.run;
  for await (const found of storedDirectories(reader, scenario.host, signal)) {
    if (found.id === id) return await readSnapshot(reader, scenario.host, found, signal);
  }
  throw new Error("No such snapshot");
}

/** What `files` shows of a snapshot, and what it calls lost. */
async function shown(
  scenario: Scenario,
  reader: StoreReader,
  snapshot: Snapshot,
): Promise<{ entries: Entry[]; lost: Lost[] }> {
  const lost: Lost[] = [];
  const all = files(snapshot, [], reader, scenario.identities, scenario.run, (it) => void lost.push(it));
  return { entries: await Array.fromAsync(all), lost };
}

async function restored(scenario: Scenario, reader: StoreReader, snapshot: Snapshot): Promise<RestoreResult> {
  const target = Deno.makeTempDirSync({ dir: scenario.directory });
  const how = { globs: [], target, overwrite: false, jobs: 2 };
  return await restore(snapshot, reader, scenario.identities, how, scenario.run);
}

for (const kind of KINDS) {
  Deno.test(`an object that is never given (${kind}) is lost alone, named and counted as unreadable`, () =>
    withScenario(TREE, async (scenario) => {
      const ids = await twoSnapshots(scenario);
      for (const bad of scenario.store.objects.keys()) {
        const isBad = (name: string): boolean => name === bad;
        const [, of = "", name = ""] = bad.split("/");
        const reader = refusing(scenario, kind, isBad);
        const listed = (await Array.fromAsync(list(scenario.host, reader, scenario.run))).map((it) =>
          it.kind
        );
        const expected = name.startsWith("receipt-") ? ["snapshot", "unreadable"] : ["snapshot", "snapshot"];
        assert.deepEqual(listed.filter((it) => it !== "doubt").sort(), expected, bad);

        for (const identities of [undefined, scenario.identities]) {
          const findings: Finding[] = [];
          const how = identities === undefined ? {} : { identities, jobs: 1 };
          const result = await verify(
            scenario.host,
            reader,
            how,
            (it) => void findings.push(it),
            scenario.run,
          );
          assert.ok(result.unreadable > 0, bad);
          assert.equal(result.damages, 0, `${bad}: ${JSON.stringify(findings)}`);
          const unreadable = findings.filter((it) => it.kind === "unreadable");
          assert.ok(unreadable.some((it) => it.snapshot === of), bad);
          const label = name.startsWith("receipt-") ? "the receipt" : name;
          const named = unreadable.filter((it) =>
            it.snapshot === of && it.what.includes(`Cannot read ${label}: `)
          );
          assert.equal(named.length, 1, `${bad}: ${JSON.stringify(unreadable)}`);
        }

        for (const id of ids) {
          if (id === of && /^(receipt-|index\.)/.test(name)) continue; // nothing of it can be known
          const snapshot = await snapshotOf(scenario, reader, id);
          const { entries, lost } = await shown(scenario, reader, snapshot);
          const result = await restored(scenario, reader, snapshot);
          assert.equal(result.lost, result.unreadable, `${bad}: nothing is damaged`);
          assert.ok(lost.every((it) => it.unreadable), bad);
          if (/^0/.test(name)) {
            assert.deepEqual(lost, [], "the indexes are there");
            const links = entries.filter(({ type }) => type === "hardlink").length;
            assert.ok(result.lost <= 1 + links, `${bad}: ${result.lost}`);
          }
          assert.ok(result.entries > 0, `${bad}: the rest of ${id} is restored`);
          assert.ok(result.entries + result.lost <= snapshot.receipt.entries + 3);
        }
      }
    }));
}

Deno.test("a store that stops answering ends a restore, which can be continued", () =>
  withScenario(TREE, async (scenario) => {
    const [, id] = await twoSnapshots(scenario);
    for (const kind of ["denied", "busy", "credentials"] as const) {
      let volumes = 0;
      const dead = refusing(scenario, kind, (name) => /\/0000/.test(name) ? ++volumes > 1 : volumes > 1);
      const snapshot = await snapshotOf(scenario, dead, id!);
      const target = `${scenario.directory}/back-${kind}`;
      const how = { globs: [], target, overwrite: false, jobs: 1 };
      await assert.rejects(restore(snapshot, dead, scenario.identities, how, scenario.run), StoreError, kind);
      const { lost } = await restore(snapshot, scenario.store.reader, scenario.identities, how, scenario.run);
      assert.equal(lost, 0);
    }
  }));
