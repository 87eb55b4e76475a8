import assert from "node:assert/strict";
import { basename } from "node:path/posix";
import { backup } from "../../lib/backup/backup.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { list } from "../../lib/snapshots/list.ts";
import {
  type GetOptions,
  StoreError,
  type StoreErrorKind,
  type StoreReader,
} from "../../lib/store/contract.ts";
import { verify } from "../../lib/verify/verify.ts";
import { directory, file } from "../source/tree.ts";
import { makeScenario, type Scenario, withScenario } from "../support/scenario.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";

/** What is damaged, in words. */
async function damages(scenario: Scenario, deep = false): Promise<string[]> {
  const { findings } = await scenario.verify(deep ? { identities: scenario.identities } : {});
  return findings.filter(({ kind }) => kind === "damage").map(({ what }) => what);
}

Deno.test("an untouched store is good, without a private key and with one", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    await scenario.backup();
    assert.deepEqual((await scenario.verify()).findings, []);
    assert.deepEqual((await scenario.verify({ identities: scenario.identities })).findings, []);
  }));

Deno.test("a store without a snapshot keeps no promise", () =>
  withScenario(directory({}), async (scenario) => {
    assert.deepEqual(await damages(scenario), ["There is no complete snapshot in the store"]);
  }));

Deno.test("every removed object is reported missing", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    for (const [key, object] of [...scenario.store.objects]) {
      scenario.store.objects.delete(key);
      const found = await damages(scenario);
      const name = basename(key);
      assert.ok(
        found.some((what) => /missing/.test(what) && (name.startsWith("receipt-") || what.includes(name))),
        name,
      );
      scenario.store.objects.set(key, object);
    }
    assert.deepEqual(await damages(scenario), []);
  }));

Deno.test("every object that is cut, lengthened or emptied is found by its size alone", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    for (const [key, object] of [...scenario.store.objects]) {
      for (
        const bytes of [object.bytes.slice(0, -1), new Uint8Array([...object.bytes, 0]), new Uint8Array()]
      ) {
        scenario.store.objects.set(key, { ...object, bytes });
        assert.ok((await damages(scenario)).length > 0, `${key} with ${bytes.length} bytes`);
      }
      scenario.store.objects.set(key, object);
    }
  }));

Deno.test("every two objects that are swapped are found", () =>
  withScenario(directory({ a: file("a"), b: file("b".repeat(70_000)) }), async (scenario) => {
    await scenario.backup();
    const keys = [...scenario.store.objects.keys()];
    for (const one of keys) {
      for (const other of keys.slice(keys.indexOf(one) + 1)) {
        const [a, b] = [scenario.store.objects.get(one)!, scenario.store.objects.get(other)!];
        scenario.store.objects.set(one, b).set(other, a);
        assert.ok((await damages(scenario)).length > 0, `${one} and ${other}`);
        scenario.store.objects.set(one, a).set(other, b);
      }
    }
  }));

Deno.test("a snapshot that is replayed under another host's name is foreign", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    await scenario.backup();
    const other = await makeScenario(
      scenario.directory,
      { ...scenario.host, name: "web2.example.org" },
      scenario.store,
    );
    for (const [key, object] of [...scenario.store.objects]) {
      scenario.store.objects.set(key.replace("web1.", "web2."), object);
    }
    assert.ok((await damages(other)).includes("The receipt is that of the host web1.example.org"));
    await assert.rejects(other.restore(), /There is no snapshot/);
    assert.deepEqual(await damages(scenario), []);
  }));

Deno.test("a snapshot that is replayed under another time is foreign", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const { snapshot } = await scenario.backup();
    for (const [key, object] of [...scenario.store.objects]) {
      scenario.store.objects.set(key.replace(snapshot, "20301123T050000Z-0123456789abcdef"), object);
    }
    assert.deepEqual(await damages(scenario), [`The receipt is that of the snapshot ${snapshot}`]);
  }));

Deno.test("a snapshot by another key is a forgery if the signer is pinned, and is reported if not", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const { signer } = await scenario.backup();
    const forger = await makeScenario(
      scenario.directory,
      { ...scenario.host, state: `${scenario.directory}/forger` },
      scenario.store,
    );
    await backup(forger.host, forger.store.writer, forger.run);
    const pinned = await makeScenario(
      scenario.directory,
      { ...scenario.host, signers: [signer] },
      scenario.store,
    );
    const found = await damages(pinned);
    assert.equal(found.length, 1);
    assert.match(found[0]!, /which the config does not pin/);
    const { findings } = await scenario.verify();
    assert.ok(findings.some(({ kind, what }) => kind === "warning" && /another key/.test(what)));
  }));

Deno.test("a host that was rebuilt twice is good under three keys, and verify reports the period of each", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const periods: string[] = [];
    const spans: object[] = [];
    const signers: string[] = [];
    for (const state of ["first", "second", "third"]) {
      const directory = `${scenario.directory}/${state}`;
      const host = { ...scenario.host, state: directory };
      const built = await makeScenario(scenario.directory, host, scenario.store);
      const [from, to] = [await built.backup(), await built.backup()];
      signers.push(from.signer);
      // The ids of one second are in random order.
      const [first, last] = [from.snapshot, to.snapshot].sort();
      spans.push({ signer: from.signer, snapshots: 2, first, last });
      periods.push(`Signed by ${from.signer}: 2 snapshots, ${first} to ${last}`);
    }
    assert.equal(new Set(signers).size, 3);
    const owner = await makeScenario(scenario.directory, { ...scenario.host, signers }, scenario.store);
    const { findings, snapshots, signers: found } = await owner.verify();
    assert.equal(snapshots, 6);
    const byId = (a: { signer?: string }, b: { signer?: string }): number => a.signer! < b.signer! ? -1 : 1;
    assert.deepEqual([...found].sort(byId), spans.sort(byId));
    assert.deepEqual(findings.filter(({ kind }) => kind !== "note"), []);
    const reported = findings.map(({ what }) => what).filter((what) => what.startsWith("Signed by"));
    assert.deepEqual(reported.sort(), periods.sort());
  }));

Deno.test("a host that was rebuilt is good under both its keys, and each is reported with what it signed", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const old = await scenario.backup();
    const state = `${scenario.directory}/rebuilt`;
    const rebuilt = await makeScenario(scenario.directory, { ...scenario.host, state }, scenario.store);
    const next = await rebuilt.backup();
    const signers = [old.signer, next.signer];
    const { findings, snapshots } =
      await (await makeScenario(scenario.directory, { ...scenario.host, signers }, scenario.store))
        .verify();
    assert.equal(snapshots, 2);
    assert.ok(findings.every(({ kind }) => kind === "note"));
    const expected = [
      "It is signed by another key than the one before it",
      "A new chain begins: the host lost its state directory or was replaced",
      `Signed by ${old.signer}: ${old.snapshot}`,
      `Signed by ${next.signer}: ${next.snapshot}`,
    ];
    assert.deepEqual(findings.map(({ what }) => what).sort(), expected.sort());
    const [forgotten] = (await (await makeScenario(
      scenario.directory,
      { ...scenario.host, signers: [next.signer] },
      scenario.store,
    ))
      .verify()).findings;
    assert.equal(forgotten!.kind, "damage");
  }));

Deno.test("an object that no receipt lists is named", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const { snapshot } = await scenario.backup();
    const object = { bytes: new Uint8Array(3), storedAt: new Date() };
    scenario.store.objects.set(`${scenario.host.name}/${snapshot}/evil\u202ename`, object);
    assert.deepEqual(await damages(scenario), [
      '"evil\\u{202e}name" does not belong there: no receipt speaks of it',
    ]);
  }));

Deno.test("files that are no snapshots are named", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    await scenario.backup();
    const object = { bytes: new Uint8Array(3), storedAt: new Date() };
    scenario.store.objects.set(`${scenario.host.name}/README`, object);
    scenario.store.objects.set(`${scenario.host.name}/notes/x/y`, object);
    assert.deepEqual((await damages(scenario)).sort(), [
      '"README" is no snapshot of nightdrop',
      '"notes" is no snapshot of nightdrop',
    ]);
  }));

Deno.test("a second receipt in a directory is damage, and hides nothing", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const { snapshot } = await scenario.backup();
    const other = await scenario.backup();
    const key = [...scenario.store.objects.keys()].find((it) => it.includes(`${other.snapshot}/receipt-`))!;
    scenario.store.objects.set(key.replace(other.snapshot, snapshot), scenario.store.objects.get(key)!);
    const found = await scenario.verify();
    assert.equal(found.snapshots, 2);
    assert.ok(
      found.findings.some(({ kind, what }) =>
        kind === "damage" && /^There are 2 receipts where one belongs/.test(what)
      ),
    );
    assert.equal((await scenario.snapshot(snapshot)).id, snapshot);
  }));

Deno.test("a run that did not end is a note, and one whose receipt alone is gone is damage", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    await scenario.backup();
    const { snapshot } = await scenario.backup();
    for (const key of scenario.store.objects.keys()) {
      if (key.includes(`${snapshot}/receipt-`)) scenario.store.objects.delete(key);
    }
    assert.deepEqual(await damages(scenario), ["The receipt is missing, though the index is there"]);
    for (const key of scenario.store.objects.keys()) {
      if (key.includes(`${snapshot}/index.`)) scenario.store.objects.delete(key);
    }
    const { findings } = await scenario.verify();
    assert.deepEqual(findings.map(({ kind }) => kind), ["note"]);
  }));

Deno.test("a host clock that is hours off is reported", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const run = { ...scenario.run, now: () => new Date(Date.now() - 3 * 3_600_000) };
    await backup(scenario.host, scenario.store.writer, run);
    const { findings } = await scenario.verify();
    assert.deepEqual(findings.map(({ kind, what }) => [kind, what]), [
      ["warning", "The host says it ended 3.0 hours before the store took it"],
    ]);
  }));

Deno.test("a sample reads so many objects of each snapshot, and still misses none that is gone", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    const result = await scenario.verify({ sample: 2 });
    assert.equal(result.objects, 2);
    const part = [...scenario.store.objects.keys()].find((key) => key.includes("/000001."))!;
    scenario.store.objects.delete(part);
    assert.equal((await damages(scenario)).length, 1);
  }));

Deno.test("a deep verification fetches every object once", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    const fetched: string[] = [];
    const { reader } = scenario.store;
    const noting = {
      ...reader,
      list: reader.list.bind(reader),
      get: (name: string, options: GetOptions): ReturnType<typeof reader.get> => {
        fetched.push(name);
        return reader.get(name, options);
      },
    };
    const result = await verify(
      scenario.host,
      noting,
      { identities: scenario.identities },
      () => {},
      scenario.run,
    );
    assert.deepEqual(fetched.sort(), [...scenario.store.objects.keys()].sort());
    assert.equal(result.objects, fetched.length - 1, "but for the receipt");
  }));

/** The volume of a file that is too large to share one; the directory that holds it comes before. */
const BIG = "000002";

Deno.test("parts of a damaged volume are still compared with their digests", () =>
  withScenario(directory({ big: file(noise(200_000, 1)) }), async (scenario) => {
    await scenario.backup();
    const parts = [...scenario.store.objects.keys()].filter((key) => key.includes(BIG)).sort();
    assert.equal(parts.length, 4);
    for (const key of [parts[0]!, parts.at(-1)!]) {
      const { bytes, ...object } = scenario.store.objects.get(key)!;
      scenario.store.objects.set(key, { ...object, bytes: bytes.with(100, bytes[100]! ^ 1) });
    }
    const found = await damages(scenario, true);
    assert.deepEqual(found.map((it) => it.split("-")[0]).sort(), [`${BIG}.000000`, `${BIG}.000003`]);
  }));

/** A reader that fails for the objects of which `fails` says so. */
function failing(scenario: Scenario, kind: StoreErrorKind, fails: (name: string) => boolean): StoreReader {
  const { reader } = scenario.store;
  return {
    ...reader,
    get: (name, options) =>
      fails(name)
        ? Promise.reject(new StoreError(kind, "the store does not give it"))
        : reader.get(name, options),
  };
}

for (const kind of ["denied", "failed", "corrupted"] as const) {
  Deno.test(`an object that the store does not give (${kind}) is unreadable, and the rest is verified and listed`, () =>
    withScenario(sampleTree(), async (scenario) => {
      const first = await scenario.backup();
      const second = await scenario.backup();
      const cases = [`${first.snapshot}/receipt-`, `${first.snapshot}/index.`, `${first.snapshot}/000001.`];
      for (const part of cases) {
        const reader = failing(scenario, kind, (name) => name.includes(part));
        for (const options of [{}, { identities: scenario.identities, jobs: 1 }]) {
          const findings: Finding[] = [];
          const result = await verify(
            scenario.host,
            reader,
            options,
            (it) => findings.push(it),
            scenario.run,
          );
          assert.ok(result.unreadable > 0, part);
          assert.equal(result.damages, 0, `${part}: ${JSON.stringify(findings)}`);
          assert.ok(findings.some((it) => it.kind === "unreadable" && it.snapshot === first.snapshot));
          assert.ok(result.snapshots >= 1);
        }
      }
      const reader = failing(scenario, kind, (name) => name.includes(cases[0]!));
      const listed = await Array.fromAsync(list(scenario.host, reader, scenario.run));
      assert.deepEqual(
        listed.map((it) => it.kind === "snapshot" ? it.snapshot.id : it.kind).sort(),
        [
          second.snapshot,
          "unreadable",
        ].sort(),
      );
    }));
}

Deno.test("a store that is away ends a verification and a list at once", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    await scenario.backup();
    const reader = failing(scenario, "unreachable", () => true);
    await assert.rejects(verify(scenario.host, reader, {}, () => {}, scenario.run), StoreError);
    await assert.rejects(Array.fromAsync(list(scenario.host, reader, scenario.run)), StoreError);
  }));
