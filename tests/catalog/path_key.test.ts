import assert from "node:assert/strict";
import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { keyOf, PathKeys, pathOfKey } from "../../lib/catalog/path_key.ts";
import { compareUtf8 } from "../../lib/model/utf8_order.ts";
import { walk } from "../../lib/source/walk.ts";
import { directory, file, writeTree } from "../source/tree.ts";
import { withDirectory } from "../support/directory.ts";
import { select } from "../source/walking.ts";

const PATH = fc.array(
  fc.string({
    unit: fc.constantFrom("a", "b", ".", "-", "\x01", "\x02", "\x03", "é", "\uffee", "😀"),
    minLength: 1,
  }),
  { minLength: 1, maxLength: 4 },
).map((names) => names.join("/"));

Deno.test("a key converts back into its path", () =>
  fc.assert(
    fc.property(PATH, fc.nat(1000), (path, place) => assert.equal(pathOfKey(keyOf(place, path)), path)),
  ));

Deno.test("keys are ordered as paths are with NUL for every slash, by compareUtf8 and by SQLite", () => {
  using sqlite = new DatabaseSync(":memory:");
  sqlite.exec("CREATE TABLE key (key TEXT, at INTEGER)");
  const bytes = (path: string): string => new TextEncoder().encode(path.replaceAll("/", "\0")).toHex();
  fc.assert(fc.property(fc.uniqueArray(PATH, { minLength: 2, maxLength: 8 }), (paths) => {
    const expected = paths.toSorted((a, b) => bytes(a) < bytes(b) ? -1 : 1);
    const byKey = paths.toSorted((a, b) => compareUtf8(keyOf(0, a), keyOf(0, b)));
    assert.deepEqual(byKey, expected);
    sqlite.exec("DELETE FROM key");
    for (const [at, path] of paths.entries()) {
      sqlite.prepare("INSERT INTO key VALUES (?, ?)").run(keyOf(0, path), at);
    }
    const sorted = sqlite.prepare("SELECT at FROM key ORDER BY key").all() as { at: number }[];
    assert.deepEqual(sorted.map(({ at }) => paths[at]), expected);
  }));
});

Deno.test("a walk gives entries in the order of their keys, declared path by declared path", () =>
  withDirectory((root) => {
    const leaf = file("x");
    writeTree(
      `${root}/t`,
      directory({
        "a": directory({ b: directory({ c: leaf, "c.d": leaf }), "b.c": leaf, "b\x01": leaf }),
        "a.b": directory({ z: leaf }),
        "a-b": directory({ "\x02": leaf, "😀": leaf, "\uffee": leaf }),
      }),
    );
    const paths = ["/t", "/t/a/b", "/t/a-b", "/t/a.b"].map((path) => root + path);
    const keys = new PathKeys(paths.toSorted().map((path) => path.slice(1)));
    const walked = [...walk(select(paths), () => {})].map(({ path }) => keys.of(path));
    assert.equal(walked.length, 13);
    assert.deepEqual(walked.toSorted(compareUtf8), walked);
    return Promise.resolve();
  }));

Deno.test("a path belongs to the deepest declared path above it, in any order of requests", () => {
  const keys = new PathKeys(["", "srv", "srv/data"]);
  for (
    const [path, place] of [
      ["srv", 1],
      ["srv/data", 2],
      ["srv/data/x", 2],
      ["srv/datax", 1],
      ["srvx", 0],
      ["srv/data/x/y", 2],
      ["etc/hosts", 0],
      ["srv/x", 1],
    ] as const
  ) assert.equal(keys.of(path), keyOf(place, path), path);
});
