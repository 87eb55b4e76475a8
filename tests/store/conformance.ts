/** The laws of `lib/store/contract.ts`, which every store is held to. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { StoreError } from "../../lib/store/contract.ts";
import { content, rejects } from "./checks.ts";
import { createOnly, firstContent } from "./conformance_overwriting.ts";
import { byBytes, NAMES } from "./names.ts";
import { type Adopt, all, equal, names, putAll } from "./specimen.ts";

const MIB = 1024 * 1024;

/** Declares the suite. */
export function conformance(law: Adopt): void {
  createOnly(law);
  allButCreateOnly(law);
}

/** The laws that also a server keeps which takes puts over an object. */
export function allButCreateOnly(law: Adopt): void {
  commonLaws(law);
  law("the longest names are stored", async ({ writer, reader }) => {
    const longest = ["x".repeat(255), `${"ü".repeat(127)}/`.repeat(3) + "😀".repeat(33) + "end"];
    await putAll(writer, longest);
    assert.deepEqual(await names(reader, ""), byBytes(longest));
  });
}

/** The laws that also a server keeps which takes puts over an object, and names of some hundred bytes only. */
export function commonLaws(law: Adopt): void {
  firstContent(law);

  law("put stores exactly the bytes, at sizes around every boundary", async ({ writer, reader }) => {
    const sizes = [0, 1, 65_535, 65_536, 65_537, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 16 * MIB];
    for (const size of sizes) {
      const bytes = content(size);
      await writer.put(`size/${size}`, bytes);
      assert.ok(equal(await reader.get(`size/${size}`, { maxBytes: size }), content(size)), `${size} bytes`);
    }
    const listed = await all(reader, "size/");
    assert.deepEqual(listed.map(({ size }) => size).sort((a, b) => a - b), sizes);
  });

  law("an object is listed with the time at which it was stored", async ({ writer, reader }) => {
    const before = Date.now();
    await writer.put("a", content(1));
    const [object] = await all(reader, "");
    // Some file systems and servers count in seconds.
    assert.ok(object!.storedAt.getTime() >= before - 2000, `${object!.storedAt}`);
    assert.ok(object!.storedAt.getTime() <= Date.now() + 2000, `${object!.storedAt}`);
  });

  law("put resolves with the time that list gives, by the store's clock", async ({ writer, reader }) => {
    const taken = await writer.put("a", content(1));
    const [object] = await all(reader, "");
    assert.ok(
      Math.abs(taken!.getTime() - object!.storedAt.getTime()) <= 2000,
      `${taken} ${object!.storedAt}`,
    );
  });

  law("list gives all names in the order of their bytes, over many pages", async (store) => {
    await putAll(store.writer, NAMES);
    const before = store.paging?.requests() ?? 0;
    assert.deepEqual(await names(store.reader, ""), byBytes(NAMES));
    if (store.paging !== undefined) {
      const pages = Math.ceil(NAMES.length / store.paging.size);
      assert.ok(pages > 3);
      assert.equal(store.paging.requests() - before, pages);
    }
  });

  law("get finds every name that list gives", async ({ writer, reader }) => {
    await putAll(writer, NAMES);
    for (const name of NAMES) {
      assert.equal(Buffer.from(await reader.get(name, { maxBytes: 100 })).toString(), name);
    }
  });

  law("a prefix is a beginning of the name, not a directory", async ({ writer, reader }) => {
    await putAll(writer, NAMES);
    for (
      const prefix of ["a", "a/", "a/b", "a-b/c", "a%", "a+", "a b", "日", "😀/", "&amp;", "B/x", "B/xy", "/"]
    ) {
      const expected = byBytes(NAMES.filter((name) => name.startsWith(prefix)));
      assert.deepEqual(await names(reader, prefix), expected, prefix);
    }
  });

  law("list begins behind a name, whether it exists or not", async ({ writer, reader }) => {
    const sorted = byBytes(NAMES);
    await putAll(writer, NAMES);
    for (const after of [...sorted, "a/", "a/b/", "zzz", "\u{10ffff}"]) {
      const expected = sorted.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0);
      assert.deepEqual(await names(reader, "", { after }), expected, after);
    }
    assert.deepEqual(await names(reader, "a/", { after: "a/b.c" }), ["a/b/c", "a/ä"]);
  });

  law("directories gives the first components of names, each once", async (store) => {
    const { writer, reader } = store;
    await putAll(writer, ["no directory"]);
    assert.deepEqual(await Array.fromAsync(reader.directories()), []);
    const hosts = ["a", "a b", "a+b", "ä", "a.example.org", "b", "c", "d", "e", "f"];
    const objects = hosts.flatMap((host) => [`${host}/1/x`, `${host}/1/y`, `${host}/2`]);
    await putAll(writer, objects);
    const before = store.paging?.requests() ?? 0;
    assert.deepEqual((await Array.fromAsync(reader.directories())).sort(), hosts.sort());
    if (store.paging !== undefined) assert.ok(store.paging.requests() - before < objects.length / 2);
    await assert.rejects(
      Array.fromAsync(reader.directories({ signal: AbortSignal.abort("no") })),
      (it) => it === "no",
    );
  });

  law("an unknown prefix and an empty store are empty lists", async ({ writer, reader }) => {
    await writer.put("a/b", content(1));
    assert.deepEqual(await names(reader, "nothing/"), []);
    assert.deepEqual(await names(reader, "a/b/c"), []);
  });

  law("a missing object is missing", async ({ writer, reader }) => {
    await writer.put("a/b", content(1));
    for (const name of ["a/c", "a", "a/b/c", "c/d/e", "A/b"]) {
      await rejects(reader.get(name, { maxBytes: 100 }), "missing");
    }
  });

  law("an object of more than maxBytes is refused", async ({ writer, reader }) => {
    await writer.put("a", content(3 * MIB));
    await rejects(reader.get("a", { maxBytes: 3 * MIB - 1 }), "oversized");
    await rejects(reader.get("a", { maxBytes: 0 }), "oversized");
    assert.ok(equal(await reader.get("a", { maxBytes: 3 * MIB }), content(3 * MIB)));
  });

  law("an aborted call rejects with the signal's reason and stores nothing", async ({ writer, reader }) => {
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    await writer.put("there", content(1000));
    await assert.rejects(writer.put("a", content(1), { signal: aborted }), reason);
    await assert.rejects(reader.get("there", { maxBytes: 1000, signal: aborted }), reason);
    await assert.rejects(names(reader, "", { signal: aborted }), reason);
    assert.deepEqual(await names(reader, ""), ["there"]);
  });

  law("a put aborted on its way rejects with the reason and stores nothing", async ({ writer, reader }) => {
    const reason = new Error("enough");
    const stop = new AbortController();
    const put = writer.put("a/b", content(16 * MIB), { signal: stop.signal });
    stop.abort(reason);
    await assert.rejects(put, reason);
    assert.deepEqual(await names(reader, ""), []);
    await writer.put("a/b", content(1));
  });

  law("a get aborted on its way rejects with the reason", async ({ writer, reader }) => {
    const reason = new Error("enough");
    const stop = new AbortController();
    await writer.put("a", content(16 * MIB));
    const get = reader.get("a", { maxBytes: 16 * MIB, signal: stop.signal });
    stop.abort(reason);
    await assert.rejects(get, reason);
    assert.equal((await reader.get("a", { maxBytes: 16 * MIB })).length, 16 * MIB);
  });

  law("a list can be left early, and aborted between two objects", async ({ writer, reader }) => {
    const reason = new Error("enough");
    const stop = new AbortController();
    await putAll(writer, NAMES);
    for await (const { name } of reader.list("")) {
      assert.equal(name, byBytes(NAMES)[0]);
      break;
    }
    let seen = 0;
    await assert.rejects(async () => {
      for await (const _ of reader.list("", { signal: stop.signal })) if (++seen === 2) stop.abort(reason);
    }, reason);
    assert.ok(seen < NAMES.length);
  });

  law("what is not a name is a TypeError and reaches nothing", async ({ writer, reader }) => {
    const wrong = [
      "",
      "/",
      "/a",
      "a/",
      "a//b",
      ".",
      "..",
      "../a",
      "a/../b",
      "a/./b",
      ".hidden",
      "a/.b",
      "a\0b",
    ];
    for (const name of [...wrong, "\ud800", "x".repeat(256), "ü".repeat(128), "ab/".repeat(300) + "a"]) {
      await assert.rejects(writer.put(name, content(1)), TypeError, name);
      await assert.rejects(reader.get(name, { maxBytes: 1 }), TypeError, name);
    }
    assert.deepEqual(await names(reader, "").catch(noDirectoryYet), []);
  });
}

/** A store that nothing was put into may not be there at all. */
function noDirectoryYet(error: unknown): [] {
  assert.ok(error instanceof StoreError && error.kind === "setup", `${error}`);
  return [];
}
