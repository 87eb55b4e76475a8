import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entry } from "../../lib/model/entry.ts";
import { Damage } from "../../lib/model/failure.ts";
import { checkIndexHeader, decodeIndexLine, encodeIndexLine, indexHeader } from "../../lib/model/index.ts";

const FILE: Entry = {
  path: "etc/hosts",
  type: "file",
  size: 12,
  mode: 0o644,
  uid: 0,
  gid: 0,
  user: "root",
  group: "root",
  mtime: 1_700_000_000_123,
};

const PLAIN = { noNullPrototype: true } as const;
const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((it) =>
  !/[/\0]/.test(it) && it !== "." && it !== ".."
);
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join("/"));
const id = fc.integer({ min: 0, max: 0xffff_ffff });
const common = {
  path,
  size: fc.constant(0),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: id,
  gid: id,
  user: fc.string({ maxLength: 40 }),
  group: fc.string({ maxLength: 40 }),
  mtime: fc.maxSafeInteger(),
};

/** Any entry that an index can list. */
const anyEntry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ ...common, type: fc.constant("file" as const), size: fc.maxSafeNat() }, PLAIN),
  fc.record({ ...common, type: fc.constantFrom("directory" as const, "fifo" as const) }, PLAIN),
  fc.record({ ...common, type: fc.constantFrom("symlink" as const, "hardlink" as const), link: path }, PLAIN),
  fc.record({
    ...common,
    type: fc.constantFrom("char" as const, "block" as const),
    device: fc.record({ major: id, minor: id }, PLAIN),
  }, PLAIN),
);

Deno.test("a line of the index is read back as the entry it was made of", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 999_999 }), anyEntry, (volume, entry) => {
    const line = encodeIndexLine(volume, entry);
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(decodeIndexLine(line.slice(0, -1)), { volume, entry });
  }));
});

Deno.test("a line looks like this", () => {
  assert.equal(
    encodeIndexLine(1, FILE),
    '{"volume":1,"path":"etc/hosts","type":"file","size":12,"mode":"0644","uid":0,"gid":0,' +
      '"user":"root","group":"root","mtime":1700000000123}\n',
  );
});

const FLAWS: [flaw: string, change: object][] = [
  ["an unknown key", { extra: 1 }],
  ["volume 0", { volume: 0 }],
  ["an absolute path", { path: "/etc/hosts" }],
  ["a path that climbs", { path: "etc/../../x" }],
  ["a path with a dot", { path: "./etc" }],
  ["an empty component", { path: "etc//hosts" }],
  ["a path that ends in a slash", { path: "etc/" }],
  ["an empty path", { path: "" }],
  ["half a surrogate pair", { path: "etc/\ud800" }],
  ["a NUL in the path", { path: "etc\0hosts" }],
  ["a path beyond all bounds", { path: "a/".repeat(20_000) + "a" }],
  ["a mode that is a number", { mode: 420 }],
  ["a mode of five digits", { mode: "10644" }],
  ["a socket", { type: "socket" }],
  ["a negative size", { size: -1 }],
  ["a size for a directory", { type: "directory", size: 1 }],
  ["a symlink without a target", { type: "symlink", size: 0 }],
  ["a symlink with an empty target", { type: "symlink", size: 0, link: "" }],
  ["a symlink with a NUL", { type: "symlink", size: 0, link: "a\0b" }],
  ["a hard link out of the archive", { type: "hardlink", size: 0, link: "../etc/shadow" }],
  ["a hard link to an absolute path", { type: "hardlink", size: 0, link: "/etc/shadow" }],
  ["a link on a file", { link: "x" }],
  ["a device without numbers", { type: "char", size: 0 }],
  ["an id beyond 32 bits", { uid: 2 ** 32 }],
  ["a time that is no whole number", { mtime: 1.5 }],
];

for (const [flaw, change] of FLAWS) {
  Deno.test(`an index line with ${flaw} is refused`, () => {
    const line = { ...JSON.parse(encodeIndexLine(1, FILE)), ...change };
    assert.throws(() => decodeIndexLine(JSON.stringify(line)), Damage);
  });
}

const LINE = encodeIndexLine(1, FILE).slice(0, -1);

/** Other texts of the same value, or of one that an engine may take for the same. */
const OTHER_FORMS: Record<string, string> = {
  "a key twice": LINE.replace('"uid":0', '"uid":0,"uid":0'),
  "an escaped key twice": LINE.replace('"uid":0', '"uid":0,"\\u0075id":0'),
  "keys in another order": LINE.replace('"uid":0,"gid":0', '"gid":0,"uid":0'),
  "-0": LINE.replace('"uid":0', '"uid":-0'),
  "an exponent": LINE.replace('"size":12', '"size":12e0'),
  "a fraction": LINE.replace('"size":12', '"size":12.0'),
  "a leading zero": LINE.replace('"size":12', '"size":012'),
  "an escape without need": LINE.replace("etc/hosts", "etc\\/hosts"),
  "an escape of a letter": LINE.replace("etc/hosts", "etc/\\u0068osts"),
  "half a surrogate pair as owner": LINE.replace('"user":"root"', '"user":"\\ud800"'),
  "half a surrogate pair as target": encodeIndexLine(1, { ...FILE, type: "symlink", size: 0, link: "x" })
    .slice(0, -1).replace('"link":"x"', '"link":"\\udc00"'),
  "a NUL as owner": LINE.replace('"user":"root"', '"user":"\\u0000"'),
  "white space": LINE.replace(",", ", "),
  "white space behind": `${LINE} `,
  "a newline behind": `${LINE}\n`,
  "another key": LINE.replace("}", ',"__proto__":{}}'),
  "gone and more": '{"gone":"a","gone":"b"}',
  "gone with white space": '{"gone": "a"}',
};

for (const [form, text] of Object.entries(OTHER_FORMS)) {
  Deno.test(`an index line with ${form} is refused`, () => {
    assert.throws(() => decodeIndexLine(text), Damage);
  });
}

Deno.test("an index line is read in the form in which it is written, whatever has to be escaped in it", () => {
  for (const path of ['a"b', "a\\b", "a\nb", "\x01", "\x7f", "\u2028", "😀"]) {
    const entry = { ...FILE, path, user: path };
    assert.deepEqual(decodeIndexLine(encodeIndexLine(1, entry).slice(0, -1)), { volume: 1, entry });
  }
});

Deno.test("an index of another host, snapshot or format is refused", () => {
  const header = indexHeader("web1", "20261123T050000Z-0123456789abcdef").trimEnd();
  checkIndexHeader(header, "web1", "20261123T050000Z-0123456789abcdef");
  assert.throws(() => checkIndexHeader(header, "web2", "20261123T050000Z-0123456789abcdef"), Damage);
  assert.throws(() => checkIndexHeader(header, "web1", "20261124T050000Z-0123456789abcdef"), Damage);
  assert.throws(
    () => checkIndexHeader(header.replace("/1", "/2"), "web1", "20261123T050000Z-0123456789abcdef"),
    Damage,
  );
  assert.throws(() => checkIndexHeader("", "web1", "20261123T050000Z-0123456789abcdef"), Damage);
});
