import assert from "node:assert/strict";
import { ArchiveReader } from "../../lib/archive/read.ts";
import { MAX_ATTRIBUTE_BYTES } from "../../lib/model/attributes.ts";
import { MAX_PATH_BYTES } from "../../lib/model/entry.ts";
import { Damage } from "../../lib/model/failure.ts";
import { unarchived } from "./making.ts";
import { header, octal, pax, record, refuses, resealed, tar } from "./raw.ts";

const encoder = new TextEncoder();

const RECORDS: Readonly<Record<string, string>> = {
  "a length that is too long": "13 path=abc\n",
  "a length that is too short": "11 path=abc\n",
  "a length beyond the records": "99 path=abc\n",
  "a length of 2^32": "4294967308 path=abc\n",
  "a length with a sign": "+12 path=abc\n",
  "a length with a zero in front": "013 path=abc\n",
  "no length": " path=abc\n",
  "a length without a space": "11path=abc\n",
  "a length of nothing": "0 path=abc\n",
  "a length of its own digits": "3 \npath=abc\n",
  "no equals sign": "9 pathab\n",
  "no key": "7 =abc\n",
  "no newline": "12 path=abcd",
  "a record and something after it": record("path", "abc") + "x",
  "a NUL after it": record("path", "abc") + "\0",
};

for (const [attack, records] of Object.entries(RECORDS)) {
  Deno.test(`records with ${attack} are damage`, () =>
    refuses(tar(pax(records), header("a")), /not well formed/));
}

Deno.test("a duplicate record is damage", () => {
  refuses(tar(pax(record("path", "a") + record("path", "b")), header("c")), /"path" twice/);
});

Deno.test("records that would change what other readers see are damage", () => {
  for (
    const key of [
      "GNU.sparse.name",
      "GNU.sparse.major",
      "SCHILY.realsize",
      "hdrcharset",
      "LIBARCHIVE.xattr.user.x",
      "unheard-of",
      "PATH",
    ]
  ) {
    refuses(tar(pax(record(key, "1")), header("a")), /records of unknown meaning/);
  }
});

Deno.test("records that do not concern an entry are skipped", () => {
  const records = ["atime", "ctime", "SCHILY.ino", "LIBARCHIVE.creationtime"].map((key) => record(key, "1"))
    .join("");
  assert.equal(unarchived(tar(pax(records), header("a"))).length, 1);
});

Deno.test("records that are not UTF-8 are damage, and so are fields", () => {
  refuses(tar(pax(Uint8Array.from([...encoder.encode("9 path="), 0xff, 0x0a])), header("a")), /not UTF-8/);
  const block = header("a\x01");
  block[1] = 0xff;
  refuses(tar(resealed(block)), /not UTF-8/);
});

Deno.test("a header of records is bounded, and refused before its records come", () => {
  for (const size of [2 * MAX_PATH_BYTES + 4097 + MAX_ATTRIBUTE_BYTES, 8 ** 11 - 1]) {
    const reader = new ArchiveReader({ entry: () => {}, content: () => {}, end: () => {} });
    assert.throws(() => reader.write(header("x", { type: "x", size: octal(size, 11) })), Damage);
  }
  const path = Array.from({ length: 128 }, () => "p".repeat(255)).join("/");
  const link = Array.from({ length: 128 }, () => "l".repeat(255)).join("/");
  const records = record("path", path) + record("linkpath", link);
  assert.equal(unarchived(tar(pax(records), header("a", { type: "1", link: "x" })))[0]!.entry.link, link);
});

Deno.test("records that describe records or nothing, and a header without records, are damage", () => {
  const records = pax(record("path", "b"));
  refuses(tar(records, records, header("a")), /extended header records/);
  refuses(tar(records), /ends between the two headers/);
  refuses(tar(header("x", { type: "x" }), header("a")), /extended header records/);
});

Deno.test("records hold for one entry only", () => {
  const entries = unarchived(
    tar(pax(record("path", "long") + record("mtime", "7")), header("a"), header("b")),
  ).map(({ entry }) => entry);
  assert.deepEqual(entries.map(({ path, mtime }) => [path, mtime]), [["long", 7000], ["b", 0]]);
});
