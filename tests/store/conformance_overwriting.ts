/** The laws about what becomes of an object when others are put over it. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { StoreError, type StoreReader } from "../../lib/store/contract.ts";
import { content, rejects } from "./checks.ts";
import { type Adopt, all, equal, putAll } from "./specimen.ts";

/** Nothing is. */
export function createOnly(law: Adopt): void {
  law("a name that exists is refused and its bytes stay", async ({ writer, reader }) => {
    await writer.put("a/b", content(100));
    await rejects(writer.put("a/b", content(200)), "exists");
    await rejects(writer.put("a/b", content(100)), "exists");
    assert.ok(equal(await reader.get("a/b", { maxBytes: 1000 }), content(100)));
  });

  law("of many writers of one name exactly one wins", async ({ writer, reader }) => {
    const sizes = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 1000);
    const puts = await Promise.allSettled(sizes.map((size) => writer.put("race", content(size))));
    const winners = sizes.filter((_, at) => puts[at]!.status === "fulfilled");
    assert.equal(winners.length, 1);
    for (const put of puts) {
      if (put.status === "rejected") assert.ok(["exists", "busy"].includes(put.reason.kind), `${put.reason}`);
    }
    assert.ok(equal(await reader.get("race", { maxBytes: 10_000 }), content(winners[0]!)));
    assert.equal((await all(reader, "")).length, 1);
  });

  law("no error of a writer names the object", async ({ writer }) => {
    await writer.put("host/unguessable", content(1));
    const error = await writer.put("host/unguessable", content(1)).catch((it) => it);
    assert.ok(error instanceof StoreError);
    assert.doesNotMatch(Deno.inspect(error, { depth: 20 }), /unguessable/);
  });
}

/** Where a server lets it happen all the same, the first content stays, and counts. */
export function firstContent(law: Adopt): void {
  law("what was stored first counts, whatever is put over it", async ({ writer, reader, putOver }) => {
    const other = putOver ?? ((name, bytes) => rejects(writer.put(name, bytes), "exists").then(() => {}));
    const stored = ["a/b", "b", "b-c", "c"];
    await putAll(writer, stored);
    const before = await all(reader, "");
    await other("a/b", content(10));
    await other("b", content(20));
    await other("b", content(30));
    const counts = putOver === undefined ? [] : [["a/b", 1], ["b", 2]];
    const after = await all(reader, "");
    assert.deepEqual(
      after.flatMap(({ name, overwritten }) => overwritten === undefined ? [] : [[name, overwritten]]),
      counts,
    );
    assert.deepEqual(after.map(({ overwritten: _, ...object }) => object), before);
    for (const name of stored) assert.equal(await firstText(reader, name), name);
    await rejects(reader.get("a", { maxBytes: 100, first: true }), "missing");
  });

  law("what is hidden is listed with the time since when, and read", async ({ writer, reader, hide }) => {
    await putAll(writer, ["a", "b"]);
    if (hide === undefined) return; // nobody can
    const before = Date.now();
    await hide("a");
    await hide("a");
    const [a, b] = await all(reader, "");
    assert.ok(a!.hiddenAt!.getTime() >= before - 2000 && a!.hiddenAt!.getTime() <= Date.now() + 2000);
    assert.equal(b!.hiddenAt, undefined);
    await rejects(reader.get("a", { maxBytes: 100 }), "missing");
    assert.equal(await firstText(reader, "a"), "a");
  });
}

async function firstText(reader: StoreReader, name: string): Promise<string> {
  return Buffer.from(await reader.get(name, { maxBytes: 100, first: true })).toString();
}
