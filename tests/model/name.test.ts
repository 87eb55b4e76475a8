import assert from "node:assert/strict";
import fc from "fast-check";
import {
  dumpPartName,
  indexPartName,
  isHostName,
  MAX_NUMBER,
  parseObjectName,
  receiptName,
  volumePartName,
} from "../../lib/model/name.ts";

const SHA = "0123456789abcdef".repeat(4);
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const number = fc.integer({ min: 0, max: MAX_NUMBER });
const compression = fc.constantFrom("zstd", "gzip", "none");

Deno.test("the names of the format are these", () => {
  assert.equal(volumePartName(1, 0, SHA, "zstd"), `000001.000000-${SHA}.tar.zst.gpg`);
  assert.equal(volumePartName(12, 345, SHA, "gzip"), `000012.000345-${SHA}.tar.gz.gpg`);
  assert.equal(volumePartName(1, 0, SHA, "none"), `000001.000000-${SHA}.tar.gpg`);
  assert.equal(dumpPartName(3, 0, SHA, "zstd"), `000003.000000-${SHA}.zst.gpg`);
  assert.equal(dumpPartName(3, 0, SHA, "gzip"), `000003.000000-${SHA}.gz.gpg`);
  assert.equal(dumpPartName(3, 0, SHA, "none"), `000003.000000-${SHA}.gpg`);
  assert.equal(indexPartName(0, SHA, "zstd"), `index.000000-${SHA}.jsonl.zst.gpg`);
  assert.equal(receiptName(SHA), `receipt-${SHA}.json.asc`);
});

Deno.test("a volume part's name is read back as what it was made of", () => {
  fc.assert(fc.property(number, number, hex, compression, (volume, part, sha256, kind) => {
    const name = volumePartName(volume, part, sha256, kind);
    assert.deepEqual(parseObjectName(name), { kind: "volume", content: "tar", volume, part, sha256 });
    const dump = dumpPartName(volume, part, sha256, kind);
    assert.deepEqual(parseObjectName(dump), { kind: "volume", content: "stream", volume, part, sha256 });
  }));
});

Deno.test("the order of part names as text is the order of their numbers", () => {
  fc.assert(fc.property(number, number, (one, other) => {
    const [a, b] = [volumePartName(1, one, SHA, "zstd"), volumePartName(1, other, SHA, "zstd")];
    assert.equal(a < b, one < other);
  }));
});

Deno.test("a number that six digits cannot hold is refused", () => {
  for (const bad of [-1, MAX_NUMBER + 1, 1.5, NaN]) {
    assert.throws(() => volumePartName(bad, 0, SHA, "zstd"), RangeError);
    assert.throws(() => indexPartName(bad, SHA, "zstd"), RangeError);
  }
});

Deno.test("names that nightdrop does not write are not parsed as its own", () => {
  for (
    const name of [
      "",
      "receipt.json.asc",
      `receipt-${SHA.toUpperCase()}.json.asc`,
      `receipt-${SHA}.json.asc.bak`,
      `1.0-${SHA}.tar.zst.gpg`,
      `000001.000000-${SHA.slice(1)}.tar.zst.gpg`,
      `000001.000000-${SHA}.tar.bz2.gpg`,
      `../000001.000000-${SHA}.tar.zst.gpg`,
      `000001.000000-${SHA}.tar.zst.gpg\n`,
    ]
  ) assert.equal(parseObjectName(name), undefined, name);
});

Deno.test("a host's name can stand in a path and nothing else can", () => {
  for (const good of ["a", "web1", "web1.example.org", "db_1", "a-b.c", "xn--bcher-kva.example"]) {
    assert.ok(isHostName(good), good);
  }
  for (
    const bad of [
      "",
      ".",
      "..",
      "a/b",
      "A",
      "-a",
      "a-",
      "a..b",
      ".a",
      "a.",
      "a b",
      "a\n",
      "ä",
      "a".repeat(254),
    ]
  ) {
    assert.ok(!isHostName(bad), bad);
  }
});
