import assert from "assert";
import { MAX_PATH_BYTES } from "../../lib/model/entry.ts";
import { Damage } from "../../lib/model/failure.ts";
import { ArchiveReader } from "../../lib/archive/read.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { withFolder } from "../support/folder.ts";
import { archived, file, type Item, thing, unarchived } from "./making.ts";

const encoder = new TextEncoder();

/** A header block by hand, after the table in POSIX, with a checksum that is right. */
function header(
  path: string,
  fields: Partial<
    Record<"mode" | "uid" | "size" | "mtime" | "type" | "link" | "magic" | "prefix" | "major", string>
  > = {},
): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, text: string): void => block.set(encoder.encode(text), at);
  const {
    mode = "0000644\0",
    uid = "0000000\0",
    size = "00000000000\0",
    mtime = "00000000000\0",
    type = "0",
  } = fields;
  put(0, path);
  put(100, mode);
  put(108, uid);
  put(116, "0000000\0");
  put(124, size);
  put(136, mtime);
  put(148, "        ");
  put(156, type);
  put(157, fields.link ?? "");
  put(257, fields.magic ?? "ustar\x0000");
  put(329, fields.major ?? "0000000\0");
  put(337, "0000000\0");
  put(345, fields.prefix ?? "");
  const sum = block.reduce((sum, byte) => sum + byte, 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  return block;
}

function padded(bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
  block.set(bytes);
  return block;
}

/** An archive by hand. */
function tar(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from([...parts, new Uint8Array(1024)].flatMap((part) => [...part]));
}

/** An `x` header with records. */
function pax(records: string | Uint8Array): Uint8Array {
  const bytes = typeof records === "string" ? encoder.encode(records) : records;
  const size = bytes.length.toString(8).padStart(11, "0") + "\0";
  return Uint8Array.from([...header("PaxHeaders/entry", { type: "x", size }), ...padded(bytes)]);
}

/** A pax record with the length that is right. */
function record(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0") + "\0";
}

function refuses(bytes: Uint8Array, message: RegExp): void {
  for (const step of [bytes.length + 1, 512, 100]) {
    assert.throws(() => unarchived(bytes, step), (error) => {
      assert.ok(error instanceof Damage, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
}

Deno.test("an archive by hand is read", () => {
  const [one, two] = unarchived(
    tar(header("a", { size: octal(3, 11) }), padded(encoder.encode("abc")), header("d/", { type: "5" })),
  );
  assert.equal(new TextDecoder().decode(one!.content), "abc");
  assert.deepEqual([two!.entry.path, two!.entry.type], ["d", "directory"]);
  assert.deepEqual(unarchived(tar()), []);
});

const PATHS: Readonly<Record<string, string>> = {
  "a path out of the tree": "../etc/passwd",
  "a path out of the tree in the middle": "a/../../b",
  "a path out of the tree at the end": "a/..",
  "an absolute path": "/etc/passwd",
  "an empty path": "",
  "a path that is the folder itself": ".",
  "a path with an empty name": "a//b",
  "a path with a dot for a name": "./a",
  "a file with a slash at the end": "a/",
};

for (const [attack, path] of Object.entries(PATHS)) {
  Deno.test(`${attack} is damage: in the header, in records and as the target of a hard link`, () => {
    refuses(tar(header(path)), /path that cannot be restored/);
    if (path !== "") refuses(tar(pax(record("path", path)), header("fine")), /path that cannot be restored/);
    refuses(tar(header("fine", { type: "1", link: path })), /path that cannot be restored/);
    if (path !== "") {
      refuses(
        tar(pax(record("linkpath", path)), header("fine", { type: "1", link: "a" })),
        /cannot be restored/,
      );
    }
  });
}

Deno.test("a folder with two slashes at its end, or nothing but one, is damage", () => {
  for (const path of ["a//", "/", "../", "./"]) {
    refuses(tar(header(path, { type: "5" })), /path that cannot be restored/);
  }
});

Deno.test("a prefix cannot lead out of the tree", () => {
  refuses(tar(header("passwd", { prefix: "../etc" })), /path that cannot be restored/);
  refuses(tar(header("passwd", { prefix: "/etc" })), /path that cannot be restored/);
  assert.equal(unarchived(tar(header("b", { prefix: "a" })))[0]!.entry.path, "a/b");
});

Deno.test("a NUL in a name is damage, wherever it is", () => {
  refuses(tar(pax(record("path", "a\0b")), header("fine")), /path that cannot be restored/);
  refuses(tar(pax(record("linkpath", "a\0b")), header("fine", { type: "2", link: "x" })), /NUL/);
  refuses(tar(pax(record("uname", "a\0b")), header("fine")), /NUL/);
});

Deno.test("a symlink may point anywhere, but not nowhere", () => {
  const link = "../../../etc/passwd";
  assert.equal(unarchived(tar(header("l", { type: "2", link })))[0]!.entry.link, link);
  refuses(tar(header("l", { type: "2" })), /symbolic link to nothing/);
  refuses(
    tar(pax(record("linkpath", "x".repeat(MAX_PATH_BYTES + 1))), header("l", { type: "2" })),
    /symbolic link/,
  );
});

Deno.test("a path that is too long is damage", () => {
  refuses(
    tar(pax(record("path", "x/".repeat(MAX_PATH_BYTES / 2) + "y")), header("fine")),
    /path that cannot be restored/,
  );
});

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

Deno.test("a size in GNU's way is read, a negative one or one beyond counting is damage", () => {
  const size = (...bytes: number[]): Uint8Array => {
    const block = header("a");
    block.set(bytes, 124);
    block.fill(0x20, 148, 156);
    const sum = block.reduce((sum, byte) => sum + byte, 0);
    block.set(encoder.encode(sum.toString(8).padStart(6, "0") + "\0 "), 148);
    return block;
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

Deno.test("times are cut to milliseconds, as file systems are read", () => {
  const times = {
    "0": 0,
    "1.9999": 1999,
    "-1.9999": -1999,
    "-0.0001": 0,
    "1700000000.123456789": 1_700_000_000_123,
    "-1.5": -1500,
    "7.05": 7050,
  };
  for (const [value, mtime] of Object.entries(times)) {
    assert.equal(unarchived(tar(pax(record("mtime", value)), header("a")))[0]!.entry.mtime, mtime);
  }
});

Deno.test("a time that is beyond counting in milliseconds is damage", () => {
  refuses(tar(pax(record("mtime", "9999999999999999")), header("a")), /no time/);
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
    block.fill(0x20, 148, 156);
    const sum = block.reduce((sum, byte) => sum + byte, 0);
    block.set(encoder.encode(sum.toString(8).padStart(6, "0") + "\0 "), 148);
    refuses(tar(block), message);
  });
}

Deno.test("another magic is damage, with the remedy", () => {
  for (const magic of ["ustar  \0", "ustar\x0001", "\0\0\0\0\0\0\0\0", "USTAR\x0000"]) {
    refuses(tar(header("a", { magic })), /not in the format of POSIX/);
  }
});

Deno.test("a wrong checksum is damage", () => {
  const block = header("a");
  block[0] = 0x62;
  refuses(tar(block), /checksum/);
});

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

Deno.test("a record that comes twice is damage", () => {
  refuses(tar(pax(record("path", "a") + record("path", "b")), header("c")), /"path" twice/);
});

Deno.test("records that would change what other readers see are damage", () => {
  for (
    const key of [
      "GNU.sparse.name",
      "GNU.sparse.major",
      "SCHILY.realsize",
      "hdrcharset",
      "SCHILY.xattr.user.x",
      "unheard-of",
      "PATH",
    ]
  ) {
    refuses(tar(pax(record(key, "1")), header("a")), /records of unknown meaning/);
  }
});

Deno.test("records that say nothing of an entry are passed over", () => {
  const records = ["atime", "ctime", "SCHILY.ino", "LIBARCHIVE.creationtime"].map((key) => record(key, "1"))
    .join("");
  assert.equal(unarchived(tar(pax(records), header("a"))).length, 1);
});

Deno.test("records that are not UTF-8 are damage, and so are fields", () => {
  refuses(tar(pax(Uint8Array.from([...encoder.encode("9 path="), 0xff, 0x0a])), header("a")), /not UTF-8/);
  const block = header("a\x01");
  block[1] = 0xff;
  block.fill(0x20, 148, 156);
  block.set(
    encoder.encode(block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0") + "\0 "),
    148,
  );
  refuses(tar(block), /not UTF-8/);
});

Deno.test("a header of records is bounded, and refused before its records come", () => {
  for (const size of [2 * MAX_PATH_BYTES + 4097, 8 ** 11 - 1]) {
    const reader = new ArchiveReader({ entry: () => {}, content: () => {}, end: () => {} });
    assert.throws(() => reader.write(header("x", { type: "x", size: octal(size, 11) })), Damage);
  }
  const path = Array.from({ length: 128 }, () => "p".repeat(255)).join("/");
  const link = Array.from({ length: 128 }, () => "l".repeat(255)).join("/");
  const records = record("path", path) + record("linkpath", link);
  assert.equal(unarchived(tar(pax(records), header("a", { type: "1", link: "x" })))[0]!.entry.link, link);
});

Deno.test("records of records, records of nothing and no records are damage", () => {
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
  refuses(with_(1), /only zeros belong/);
  refuses(with_(...new Uint8Array(9000), 1), /only zeros belong/);
  refuses(with_(...header("b")), /only zeros belong/);
});

Deno.test("a lone block of zeros is damage", () => {
  refuses(tar(header("a"), new Uint8Array(512), header("b")), /lone block of zeros/);
  const bytes = archived([file("a", "x")]);
  assert.throws(() => unarchived(bytes.subarray(0, bytes.length - 512)), /ends in the middle/);
});

Deno.test("padding that is not zero is damage", () => {
  const content = padded(encoder.encode("abc"));
  content[511] = 1;
  refuses(tar(header("a", { size: octal(3, 11) }), content), /only zeros belong/);
  const records = pax(record("path", "b"));
  records[1023] = 1;
  refuses(tar(records, header("a")), /only zeros belong/);
});

Deno.test("an archive is drained to its end, and its end is nowhere else", () => {
  const reader = new ArchiveReader({ entry: () => {}, content: () => {}, end: () => {} });
  assert.throws(() => reader.close(), Damage);
  reader.write(new Uint8Array(1023));
  assert.throws(() => reader.close(), Damage);
  reader.write(new Uint8Array(1));
  reader.close();
});

Deno.test("what a sink throws passes through", () => {
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

Deno.test("content comes in pieces of the chunks themselves, without copies", () => {
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
  await withFolder(async (root) => {
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
