import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import { type AboveDirectory, decodeIndexHeader, indexHeader, MAX_ABOVE } from "../../lib/model/index.ts";

const SNAPSHOT = "20261123T050000Z-0123456789abcdef";

function above(path: string, more: Partial<AboveDirectory> = {}): AboveDirectory {
  return { path, mode: 0o755, uid: 0, gid: 0, user: "root", group: "root", ...more };
}

function header(directories: readonly AboveDirectory[]): string {
  return indexHeader("web1", SNAPSHOT, directories).trimEnd();
}

Deno.test("the first line of an index looks like this", () => {
  assert.equal(
    indexHeader("web1", SNAPSHOT, [above("srv", { mode: 0o2750, uid: 1 })]),
    `{"format":"nightdrop-index/3","host":"web1","snapshot":"${SNAPSHOT}",` +
      '"above":[{"path":"srv","mode":"2750","uid":1,"gid":0,"user":"root","group":"root"}]}\n',
  );
});

Deno.test("an index of another host, snapshot or format is refused", () => {
  const line = header([]);
  assert.deepEqual(decodeIndexHeader(line, "web1", SNAPSHOT), { above: [] });
  assert.throws(() => decodeIndexHeader(line, "web2", SNAPSHOT), Damage);
  assert.throws(() => decodeIndexHeader(line, "web1", "20261124T050000Z-0123456789abcdef"), Damage);
  for (
    const text of [line.replace("/3", "/4"), line.replace("/3", "/1"), "", "null", "[]", "{", `${line} `]
  ) {
    assert.throws(() => decodeIndexHeader(text, "web1", SNAPSHOT), Damage, text);
  }
});

Deno.test("the first line of an index of the version before is read", () => {
  const listed = [above("srv"), above("srv/a")];
  const former = header(listed).replace("nightdrop-index/3", "nightdrop-index/2");
  assert.deepEqual(decodeIndexHeader(former, "web1", SNAPSHOT), { above: listed });
  assert.throws(() => decodeIndexHeader(former, "web2", SNAPSHOT), Damage);
  assert.throws(() => decodeIndexHeader(`${former} `, "web1", SNAPSHOT), Damage);
});

Deno.test("the first line of an index of the first version is read", () => {
  const former = JSON.stringify({ format: "nightdrop-index/1", host: "web1", snapshot: SNAPSHOT });
  assert.deepEqual(decodeIndexHeader(former, "web1", SNAPSHOT), { above: [] });
  assert.throws(() => decodeIndexHeader(former, "web2", SNAPSHOT), Damage);
});

Deno.test("directories above the declared paths are read as they were listed", () => {
  for (
    const list of [
      [],
      [above("srv")],
      [above("srv"), above("srv/a\nb"), above("srv/a\nb/c", { user: "ä", mode: 0 }), above("é")],
      Array.from({ length: MAX_ABOVE }, (_, at) => above(`d${at}`)),
    ]
  ) assert.deepEqual(decodeIndexHeader(header(list), "web1", SNAPSHOT), { above: list });
});

const BAD: Readonly<Record<string, readonly AboveDirectory[]>> = {
  "a path that leads out": [above("../etc")],
  "an absolute path": [above("/etc")],
  "a path twice": [above("a"), above("a")],
  "a directory before the one that it lies in": [above("a/b"), above("a")],
  "an owner that is no number": [above("a", { uid: -1 })],
  "a mode that is too large": [above("a", { mode: 0o10000 })],
  "more directories than allowed": Array.from({ length: MAX_ABOVE + 1 }, (_, at) => above(`d${at}`)),
  "something more": [{ ...above("a"), mtime: 1 } as AboveDirectory],
};

for (const [flaw, list] of Object.entries(BAD)) {
  Deno.test(`an index that lists above its tree ${flaw} is refused`, () => {
    const text = JSON.stringify({
      format: "nightdrop-index/3",
      host: "web1",
      snapshot: SNAPSHOT,
      above: list.map((it) => ({ ...it, mode: it.mode.toString(8).padStart(4, "0") })),
    });
    assert.throws(() => decodeIndexHeader(text, "web1", SNAPSHOT), Damage);
  });
}
