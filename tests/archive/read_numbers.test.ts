import assert from "node:assert/strict";
import { type Item, unarchived } from "./making.ts";
import { header, octal, padded, pax, record, refuses, resealed, tar } from "./raw.ts";

const encoder = new TextEncoder();

const SIZES: Readonly<Record<string, string>> = {
  "negative size": "-0000000001\0",
  "size with a sign": "+0000000001\0",
  "size with other digits": "00000000008\0",
  "size in hexadecimal": "0x000000010\0",
  "size with something after it": "000001\x00001\0\0\0\0",
  "empty size": "\0\0\0\0\0\0\0\0\0\0\0\0",
};

for (const [attack, size] of Object.entries(SIZES)) {
  Deno.test(`a ${attack} is damage`, () => refuses(tar(header("a", { size })), /no proper size/));
}

Deno.test("a size in GNU's format is read, and one that is negative or too large to count is damage", () => {
  const size = (...bytes: number[]): Uint8Array => {
    const block = header("a");
    block.set(bytes, 124);
    return resealed(block);
  };
  const three = size(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3);
  assert.equal(unarchived(tar(three, padded(encoder.encode("abc"))))[0]!.entry.size, 3);
  refuses(tar(size(0xff, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)), /no proper size/);
  refuses(tar(size(0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0)), /no proper size/);
  refuses(tar(size(0x80, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0)), /no proper size/);
});

for (
  const value of [
    "-1",
    "+1",
    "1.5",
    "",
    " 1",
    "0x10",
    "9007199254740992",
    "9223372036854775808",
    "1e3",
    "99999999999999999999",
  ]
) {
  Deno.test(`the record size=${value} is damage`, () => {
    refuses(tar(pax(record("size", value)), header("a")), /size/);
  });
}

for (const key of ["uid", "gid"]) {
  Deno.test(`a ${key} that no system has is damage`, () => {
    for (const value of ["-1", "4294967296", "root", ""]) {
      refuses(tar(pax(record(key, value)), header("a")), new RegExp(key));
    }
    const [{ entry }] = unarchived(tar(pax(record(key, "4294967295")), header("a"))) as [Item];
    assert.equal(entry[key as "uid"], 4294967295);
  });
}

for (const value of ["", "now", "1e9", "1.", ".5", "--1", "1.5.5", "99999999999999999", "NaN", "Infinity"]) {
  Deno.test(`the record mtime=${value} is damage`, () => {
    refuses(tar(pax(record("mtime", value)), header("a")), /mtime|time/);
  });
}

Deno.test("times are rounded down to milliseconds, also before 1970", () => {
  const times = {
    "0": 0,
    "1.9999": 1999,
    "-1.9999": -2000,
    "-1.999000": -1999,
    "-0.0001": -1,
    "-0.000": 0,
    "1700000000.123456789": 1_700_000_000_123,
    "-1.5": -1500,
    "7.05": 7050,
  };
  for (const [value, mtime] of Object.entries(times)) {
    assert.equal(unarchived(tar(pax(record("mtime", value)), header("a")))[0]!.entry.mtime, mtime);
  }
});

Deno.test("a time that is too large to count in milliseconds is damage", () => {
  refuses(tar(pax(record("mtime", "9999999999999999")), header("a")), /not a valid time/);
});

Deno.test("a mode with more than permission bits is damage", () => {
  refuses(tar(header("a", { mode: "0100644\0" })), /mode/);
  assert.equal(unarchived(tar(header("a", { mode: "0007777\0" })))[0]!.entry.mode, 0o7777);
});

Deno.test("content that does not belong to a file is damage", () => {
  for (const type of ["1", "2", "3", "4", "5", "6"]) {
    const block = header(type === "5" ? "a/" : "a", { type, link: "x", size: octal(3, 11) });
    refuses(tar(block, padded(encoder.encode("abc"))), /has content for/);
    refuses(tar(pax(record("size", "3")), header("a", { type, link: "x" })), /has content for/);
  }
});
