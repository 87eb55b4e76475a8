import assert from "node:assert/strict";
import { ArchiveReader } from "../../lib/archive/read.ts";
import { Damage } from "../../lib/model/failure.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { archived, file, thing, unarchived } from "./making.ts";
import { header, octal, padded, pax, record, refuses, resealed, tar } from "./raw.ts";

const encoder = new TextEncoder();

Deno.test("an archive that was made by hand is read", () => {
  const [one, two] = unarchived(
    tar(header("a", { size: octal(3, 11) }), padded(encoder.encode("abc")), header("d/", { type: "5" })),
  );
  assert.equal(new TextDecoder().decode(one!.content), "abc");
  assert.deepEqual([two!.entry.path, two!.entry.type], ["d", "directory"]);
  assert.deepEqual(unarchived(tar()), []);
});

const TYPES: Readonly<Record<string, RegExp>> = {
  "7": /unknown type "7"/,
  "\0": /unknown type/,
  g: /global extended header/,
  L: /old GNU tar/,
  K: /old GNU tar/,
  S: /unknown type "S"/,
  V: /unknown type "V"/,
  X: /unknown type "X"/,
  "\xff": /unknown type/,
};

for (const [type, message] of Object.entries(TYPES)) {
  Deno.test(`an entry of the type ${JSON.stringify(type)} is damage`, () => {
    const block = header("a", { type: "0" });
    block[156] = type.charCodeAt(0);
    refuses(tar(resealed(block)), message);
  });
}

Deno.test("another magic number is damage, and the hint names the remedy", () => {
  for (const magic of ["ustar  \0", "ustar\x0001", "\0\0\0\0\0\0\0\0", "USTAR\x0000"]) {
    refuses(tar(header("a", { magic })), /not in the format of POSIX/);
  }
});

Deno.test("a wrong checksum is damage", () => {
  const block = header("a");
  block[0] = 0x62;
  refuses(tar(block), /checksum/);
});

Deno.test("an archive that ends too early is damage, wherever it ends", () => {
  const bytes = archived([
    file("a", "x".repeat(600), { mtime: 1 }),
    thing("l", "symlink", { link: "y".repeat(200) }),
  ]);
  for (let border = 0; border <= bytes.length; border += 512) {
    for (const length of [border - 1, border, border + 1].filter((it) => it >= 0 && it < bytes.length)) {
      assert.throws(() => unarchived(bytes.subarray(0, length)), Damage, `cut at ${length}`);
    }
  }
});

Deno.test("after the end zeros may follow, and nothing else", () => {
  const bytes = archived([file("a", "x")]);
  const with_ = (...more: number[]): Uint8Array => Uint8Array.from([...bytes, ...more]);
  assert.equal(unarchived(with_(...new Uint8Array(10_000))).length, 1);
  refuses(with_(1), /must be zeros/);
  refuses(with_(...new Uint8Array(9000), 1), /must be zeros/);
  refuses(with_(...header("b")), /must be zeros/);
});

Deno.test("more than a megabyte of zeros after the end is damage: no program fills that much", () => {
  const end = (bytes: number): Uint8Array => new Uint8Array(1024 + bytes);
  assert.deepEqual(unarchived(end(2 ** 20)), []);
  assert.throws(() => unarchived(end(2 ** 20 + 1)), Damage);
});

Deno.test("a lone block of zeros is damage", () => {
  refuses(tar(header("a"), new Uint8Array(512), header("b")), /lone block of zeros/);
  const bytes = archived([file("a", "x")]);
  assert.throws(() => unarchived(bytes.subarray(0, bytes.length - 512)), /ends in the middle/);
});

Deno.test("padding that is not zero is damage", () => {
  const content = padded(encoder.encode("abc"));
  content[511] = 1;
  refuses(tar(header("a", { size: octal(3, 11) }), content), /must be zeros/);
  const records = pax(record("path", "b"));
  records[1023] = 1;
  refuses(tar(records, header("a")), /must be zeros/);
});

Deno.test("an archive is read to its end, and data after the end are refused", () => {
  const reader = new ArchiveReader({ entry: () => {}, content: () => {}, end: () => {} });
  assert.throws(() => reader.close(), Damage);
  reader.write(new Uint8Array(1023));
  assert.throws(() => reader.close(), Damage);
  reader.write(new Uint8Array(1));
  reader.close();
});

Deno.test("an error of a sink is passed on", () => {
  const stop = new Error("stop");
  const reader = new ArchiveReader({
    entry: () => {
      throw stop;
    },
    content: () => {},
    end: () => {},
  });
  assert.throws(() => reader.write(header("a")), stop);
});

Deno.test("content is passed on as pieces of the chunks, without copies", () => {
  const bytes = archived([file("a", "x".repeat(1500))]);
  const pieces: Uint8Array[] = [];
  const reader = new ArchiveReader({
    entry: () => {},
    content: (piece) => pieces.push(piece),
    end: () => {},
  });
  reader.write(bytes.subarray(0, 1000));
  reader.write(bytes.subarray(1000));
  assert.deepEqual(pieces.map(({ length, buffer }) => [length, buffer === bytes.buffer]), [[488, true], [
    1012,
    true,
  ]]);
});

foreignTest(["tar"], "old formats are refused with a message that names the remedy", async () => {
  await withDirectory(async (root) => {
    await Deno.writeTextFile(`${root}/${"n".repeat(150)}`, "x");
    for (const format of ["gnu", "oldgnu", "v7"]) {
      const { stdout } = await must("tar", [
        "-C",
        root,
        `--format=${format}`,
        "-cf",
        "-",
        format === "v7" ? "--transform=s/n*/n/" : "--",
        "n".repeat(150),
      ]);
      assert.throws(
        () => unarchived(stdout),
        (error) => error instanceof Damage && /--format=pax/.test(error.hint ?? ""),
      );
    }
  });
});
