import assert from "node:assert/strict";
import { basename } from "node:path/posix";
import { backup } from "../../lib/backup/backup.ts";
import { commitment, sha256 } from "../../lib/model/digest.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { parseObjectName } from "../../lib/model/name.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { directory, file, symlink } from "../source/tree.ts";
import { withDrill } from "../support/drill.ts";
import { sampleTree } from "../support/sample_tree.ts";

Deno.test("every object's name carries the SHA-256 of its bytes, and the receipt names all the others", () =>
  withDrill(sampleTree(), async (drill) => {
    const result = await drill.backup();
    const { receipt } = await drill.snapshot();
    const named = [...receipt.volumes, receipt.index].flatMap(({ parts }) => parts);
    const stored = [...drill.store.objects].map(([key, { bytes }]) => ({ name: basename(key), bytes }));
    for (const { name, bytes } of stored) assert.equal(parseObjectName(name)?.sha256, sha256(bytes), name);
    assert.deepEqual(
      stored.map(({ name }) => name).filter((name) => !name.startsWith("receipt-")).sort(),
      named.map(({ name }) => name).sort(),
    );
    assert.equal(result.stored, stored.reduce((sum, { bytes }) => sum + bytes.length, 0));
    assert.equal(result.objects, stored.length);
    assert.equal(result.unread, 0);
    assert.ok(receipt.volumes.length > 2 && receipt.volumes.some(({ parts }) => parts.length > 1));
    assert.ok(named.every(({ size }) => size <= drill.host.partSize));
  }));

Deno.test("volumes fit one part when nothing in them can be compressed, unless one file is larger", () =>
  withDrill(sampleTree(), async (drill) => {
    await drill.backup();
    const { receipt } = await drill.snapshot();
    for (const { plain, entries, parts } of receipt.volumes) {
      assert.ok(parts.length === 1 || entries === 1, `${plain}`);
    }
  }, { compression: { kind: "none" } }));

Deno.test("the receipt is stored last", () =>
  withDrill(sampleTree(), async (drill) => {
    const order: string[] = [];
    const writer = {
      ...drill.store.writer,
      put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Date | undefined> {
        order.push(name);
        return drill.store.writer.put(name, bytes);
      },
    };
    await backup(drill.host, writer, drill.run);
    assert.deepEqual(order.map((name) => name.includes("/receipt-")), [
      ...order.slice(1).map(() => false),
      true,
    ]);
  }));

Deno.test("each receipt refers to the one before it by its commitment only", () =>
  withDrill(directory({ a: file("a") }), async (drill) => {
    const [first, second] = [await drill.backup(), await drill.backup()];
    const before = [...drill.store.objects].find(([key]) => key.includes(`${first.snapshot}/receipt-`))!;
    const { receipt } = await drill.snapshot(second.snapshot);
    assert.deepEqual(receipt.previous, {
      snapshot: first.snapshot,
      commitment: commitment(sha256(before[1].bytes)),
    });
    assert.equal((await drill.snapshot(first.snapshot)).receipt.previous, null);
    assert.deepEqual((await drill.verify()).findings, []);
  }));

Deno.test("neither files nor messages of the host name an object", () =>
  withDrill(sampleTree(), async (drill) => {
    await drill.backup();
    const digests = [...drill.store.objects.keys()].map((key) => parseObjectName(basename(key))!.sha256);
    const kept = [...filesBelow(drill.host.state)].map((file) => Deno.readTextFileSync(file));
    assert.ok(kept.length >= 5, "lock, signing key, store, chain and catalog");
    const reported = JSON.stringify(drill.events);
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
    withDrill(sampleTree(), async (drill) => {
      const puts = (await drill.backup()).objects;
      drill.store.objects.clear();
      let count = 0;
      const failing = {
        ...drill.store.writer,
        async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Date | undefined> {
          if (++count === (at < 0 ? puts + 1 + at : at)) {
            throw new StoreError("denied", "the store is closed");
          }
          return await drill.store.writer.put(name, bytes);
        },
      };
      await assert.rejects(backup(drill.host, failing, drill.run), StoreError);
      await assert.rejects(drill.snapshot(), Misuse);
      assert.ok((await drill.verify()).damages > 0);
      drill.store.objects.clear();
      await drill.backup();
      // The first backup's receipt is gone with the objects that were cleared; nothing else is amiss.
      assert.ok(
        (await drill.verify({ identities: drill.identities })).findings.every(({ what }) =>
          /is missing/.test(what)
        ),
      );
    }));
}

Deno.test("a receipt whose answer got lost breaks no chain", () =>
  withDrill(directory({ a: file("a") }), async (drill) => {
    await drill.backup();
    const deaf = {
      ...drill.store.writer,
      async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Date | undefined> {
        const taken = await drill.store.writer.put(name, bytes);
        if (name.includes("/receipt-")) throw new StoreError("unreachable", "the answer got lost");
        return taken;
      },
    };
    await assert.rejects(backup(drill.host, deaf, drill.run), StoreError);
    await drill.backup();
    const { findings } = await drill.verify();
    assert.deepEqual(findings, []);
  }));

Deno.test("an interrupted run stores no receipt", () =>
  withDrill(sampleTree(), async (drill) => {
    const controller = new AbortController();
    let puts = 0;
    const writer = {
      ...drill.store.writer,
      async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Date | undefined> {
        if (++puts === 2) controller.abort(new Error("stop"));
        return await drill.store.writer.put(name, bytes);
      },
    };
    await assert.rejects(backup(drill.host, writer, { ...drill.run, signal: controller.signal }), /stop/);
    assert.ok([...drill.store.objects.keys()].every((key) => !key.includes("/receipt-")));
  }));

Deno.test("every path that cannot be read is reported, and the rest is stored", () =>
  withDrill(directory({ a: file("a") }), async (drill) => {
    const selection = {
      ...drill.host.selection,
      paths: [drill.source, `${drill.directory}/gone`, `${drill.directory}/too`],
    };
    const result = await backup({ ...drill.host, selection }, drill.store.writer, drill.run);
    assert.equal(result.unread, 2);
    const reported = drill.events.flatMap((event) =>
      event.event === "trouble" ? [[event.kind, event.path]] : []
    );
    assert.deepEqual(reported, [["unread", `${drill.directory}/gone`], ["unread", `${drill.directory}/too`]]);
    assert.equal((await drill.snapshot()).receipt.unread, 2);
    assert.equal((await drill.verify({ identities: drill.identities })).damages, 0);
  }));

Deno.test("an empty source is a snapshot like any other", () =>
  withDrill(directory({}), async (drill) => {
    const selection = { ...drill.host.selection, paths: [] };
    const result = await backup({ ...drill.host, selection }, drill.store.writer, drill.run);
    assert.deepEqual([result.entries, result.objects], [0, 2]);
    assert.deepEqual((await drill.verify({ identities: drill.identities })).findings, []);
  }));

Deno.test("a backup warns if its own key is not among the signers in the config", () =>
  withDrill(directory({ a: symlink("b") }), async (drill) => {
    const { signer } = await drill.backup();
    assert.ok(
      drill.events.some((event) => event.event === "note" && /Add signer: "[0-9a-f]{40}"/.test(event.text)),
    );
    drill.events.length = 0;
    await backup({ ...drill.host, signers: ["f".repeat(40), signer] }, drill.store.writer, drill.run);
    assert.deepEqual(drill.events.filter(({ event }) => event === "warning" || event === "note"), []);
    await backup({ ...drill.host, signers: ["f".repeat(40)] }, drill.store.writer, drill.run);
    assert.ok(
      drill.events.some((event) => event.event === "warning" && /readers will refuse/.test(event.text)),
    );
  }));
