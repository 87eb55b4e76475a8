import assert from "node:assert/strict";
import { basename } from "node:path/posix";
import { backup } from "../../lib/backup/backup.ts";
import { commitment, sha256 } from "../../lib/model/digest.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { parseObjectName } from "../../lib/model/name.ts";
import { nightOf } from "../../lib/snapshots/night.ts";
import { StoreError, type StoreWriter } from "../../lib/store/contract.ts";
import { directory, file, symlink } from "../source/tree.ts";
import { withScenario } from "../support/scenario.ts";
import { sampleTree } from "../support/sample_tree.ts";

Deno.test("every object's name carries the SHA-256 of its bytes, and the receipt names all the others", () =>
  withScenario(sampleTree(), async (scenario) => {
    const result = await scenario.backup();
    const snapshot = await scenario.snapshot();
    const { receipt } = snapshot;
    const named = [...receipt.volumes, receipt.index].flatMap(({ parts }) => parts);
    const stored = [...scenario.store.objects].map(([key, { bytes }]) => ({ name: basename(key), bytes }));
    for (const { name, bytes } of stored) assert.equal(parseObjectName(name)?.sha256, sha256(bytes), name);
    const sealed = stored.filter(({ name }) => !name.startsWith("receipt-"));
    assert.deepEqual(sealed.map(({ name }) => name).sort(), named.map(({ name }) => name).sort());
    assert.equal(result.objects, sealed.length);
    assert.equal(result.stored, sealed.reduce((sum, { bytes }) => sum + bytes.length, 0));
    assert.equal(result.stored, nightOf(snapshot).stored, "list and stats show the same size");
    assert.equal(result.unread, 0);
    assert.ok(receipt.volumes.length > 2 && receipt.volumes.some(({ parts }) => parts.length > 1));
    assert.ok(named.every(({ size }) => size <= scenario.host.partSize!));
  }));

Deno.test("volumes fit one part when nothing in them can be compressed, unless one file is larger", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    const { receipt } = await scenario.snapshot();
    for (const { plain, entries, parts } of receipt.volumes) {
      assert.ok(parts.length === 1 || entries === 1, `${plain}`);
    }
  }, { compression: { kind: "none" } }));

Deno.test("the receipt is stored last", () =>
  withScenario(sampleTree(), async (scenario) => {
    const order: string[] = [];
    const writer = {
      ...scenario.store.writer,
      put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Date | undefined> {
        order.push(name);
        return scenario.store.writer.put(name, bytes);
      },
    };
    await backup(scenario.host, writer, scenario.run);
    assert.deepEqual(order.map((name) => name.includes("/receipt-")), [
      ...order.slice(1).map(() => false),
      true,
    ]);
  }));

Deno.test("each object of a backup is put with the SHA-256 that its name holds", () =>
  withScenario(directory({ file: file("content") }), async (scenario) => {
    const { writer } = scenario.store;
    const digests: [string, string | undefined][] = [];
    const noting: StoreWriter = {
      ...writer,
      put: (name, bytes, options) => {
        digests.push([name, options?.sha256]);
        return writer.put(name, bytes, options);
      },
    };
    await backup(scenario.host, noting, scenario.run);
    assert.equal(digests.length, 3);
    for (const [name, digest] of digests) assert.ok(name.includes(digest ?? "none"), name);
  }));

Deno.test("each receipt refers to the one before it by its commitment only", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const [first, second] = [await scenario.backup(), await scenario.backup()];
    const before = [...scenario.store.objects].find(([key]) => key.includes(`${first.snapshot}/receipt-`))!;
    const { receipt } = await scenario.snapshot(second.snapshot);
    assert.deepEqual(receipt.previous, {
      snapshot: first.snapshot,
      commitment: commitment(sha256(before[1].bytes)),
    });
    assert.equal((await scenario.snapshot(first.snapshot)).receipt.previous, null);
    assert.deepEqual((await scenario.verify()).findings, []);
  }));

Deno.test("neither files nor messages of the host name an object", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    const digests = [...scenario.store.objects.keys()].map((key) => parseObjectName(basename(key))!.sha256);
    const kept = [...filesBelow(scenario.host.state)].map((file) => Deno.readTextFileSync(file));
    assert.ok(kept.length >= 5, "lock, signing key, store, chain and catalog");
    const reported = JSON.stringify(scenario.events);
    for (const digest of digests) assert.ok(![...kept, reported].some((text) => text.includes(digest)));
  }));

function* filesBelow(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (isDirectory) yield* filesBelow(`${directory}/${name}`);
    else yield `${directory}/${name}`;
  }
}

for (const [at, kind] of [[1, "volume"], [4, "volume"], [-2, "index"], [-1, "receipt"]] as const) {
  Deno.test(`a store that fails at the ${kind} (put ${at}) leaves no snapshot, and the next run is complete`, () =>
    withScenario(sampleTree(), async (scenario) => {
      const puts = (await scenario.backup()).objects;
      scenario.store.objects.clear();
      let count = 0;
      const failing = {
        ...scenario.store.writer,
        async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Date | undefined> {
          if (++count === (at < 0 ? puts + 1 + at : at)) {
            throw new StoreError("denied", "the store is closed");
          }
          return await scenario.store.writer.put(name, bytes);
        },
      };
      await assert.rejects(backup(scenario.host, failing, scenario.run), StoreError);
      await assert.rejects(scenario.snapshot(), Misuse);
      assert.ok((await scenario.verify()).damages > 0);
      scenario.store.objects.clear();
      await scenario.backup();
      // The first backup's receipt is gone with the objects that were cleared; nothing else is amiss.
      assert.ok(
        (await scenario.verify({ identities: scenario.identities })).findings.every(({ what }) =>
          /is missing/.test(what)
        ),
      );
    }));
}

Deno.test("a receipt whose answer got lost breaks no chain", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    await scenario.backup();
    const deaf = {
      ...scenario.store.writer,
      async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Date | undefined> {
        const taken = await scenario.store.writer.put(name, bytes);
        if (name.includes("/receipt-")) throw new StoreError("unreachable", "the answer got lost");
        return taken;
      },
    };
    await assert.rejects(backup(scenario.host, deaf, scenario.run), StoreError);
    await scenario.backup();
    const { findings } = await scenario.verify();
    assert.deepEqual(findings, []);
  }));

Deno.test("an interrupted run stores no receipt", () =>
  withScenario(sampleTree(), async (scenario) => {
    const controller = new AbortController();
    let puts = 0;
    const writer = {
      ...scenario.store.writer,
      async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Date | undefined> {
        if (++puts === 2) controller.abort(new Error("stop"));
        return await scenario.store.writer.put(name, bytes);
      },
    };
    await assert.rejects(
      backup(scenario.host, writer, { ...scenario.run, signal: controller.signal }),
      /stop/,
    );
    assert.ok([...scenario.store.objects.keys()].every((key) => !key.includes("/receipt-")));
  }));

Deno.test("every path that cannot be read is reported, and the rest is stored", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const selection = {
      ...scenario.host.selection,
      paths: [scenario.source, `${scenario.directory}/gone`, `${scenario.directory}/too`],
    };
    const result = await backup({ ...scenario.host, selection }, scenario.store.writer, scenario.run);
    assert.equal(result.unread, 2);
    const reported = scenario.events.flatMap((event) =>
      event.event === "trouble" ? [[event.kind, event.path]] : []
    );
    assert.deepEqual(reported, [["unread", `${scenario.directory}/gone`], [
      "unread",
      `${scenario.directory}/too`,
    ]]);
    assert.equal((await scenario.snapshot()).receipt.unread, 2);
    assert.equal((await scenario.verify({ identities: scenario.identities })).damages, 0);
  }));

Deno.test("an empty source is a snapshot like any other", () =>
  withScenario(directory({}), async (scenario) => {
    const selection = { ...scenario.host.selection, paths: [] };
    const result = await backup({ ...scenario.host, selection }, scenario.store.writer, scenario.run);
    assert.deepEqual([result.entries, result.objects], [0, 1]);
    assert.deepEqual((await scenario.verify({ identities: scenario.identities })).findings, []);
  }));

Deno.test("a backup warns if its own key is not among the signers in the config", () =>
  withScenario(directory({ a: symlink("b") }), async (scenario) => {
    const { signer } = await scenario.backup();
    assert.ok(
      scenario.events.some((event) =>
        event.event === "note" && /Add signer: "[0-9a-f]{40}"/.test(event.text)
      ),
    );
    scenario.events.length = 0;
    await backup(
      { ...scenario.host, signers: ["f".repeat(40), signer] },
      scenario.store.writer,
      scenario.run,
    );
    assert.deepEqual(scenario.events.filter(({ event }) => event === "warning" || event === "note"), []);
    await backup({ ...scenario.host, signers: ["f".repeat(40)] }, scenario.store.writer, scenario.run);
    assert.ok(
      scenario.events.some((event) => event.event === "warning" && /readers will refuse/.test(event.text)),
    );
  }));
