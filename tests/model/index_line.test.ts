import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entry } from "../../lib/model/entry.ts";
import { Damage } from "../../lib/model/failure.ts";
import { decodeIndexLine } from "../../lib/model/index.ts";
import { decodeAnyLine, encodeIndexLine } from "../../lib/model/index_line.ts";
import { decodeUsualLine } from "../../lib/model/usual_line.ts";
import { ATTRIBUTES } from "./entries.ts";

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

/** Any entry that an index can list, but for its attributes. */
const bareEntry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ ...common, type: fc.constant("file" as const), size: fc.maxSafeNat() }, PLAIN),
  fc.record({ ...common, type: fc.constantFrom("directory" as const, "fifo" as const) }, PLAIN),
  fc.record({ ...common, type: fc.constantFrom("symlink" as const, "hardlink" as const), link: path }, PLAIN),
  fc.record({
    ...common,
    type: fc.constantFrom("char" as const, "block" as const),
    device: fc.record({ major: id, minor: id }, PLAIN),
  }, PLAIN),
);

/** Which attributes an entry of a type can have. */
function fitting(
  { type }: Entry,
  { acl, defaultAcl, xattrs, sparse, sha256 }: Partial<Entry>,
): Partial<Entry> {
  if (type === "hardlink") return {};
  return {
    ...(sha256 !== undefined && type === "file" ? { sha256 } : {}),
    ...(sparse !== undefined && type === "file" ? { sparse } : {}),
    ...(acl !== undefined && type !== "symlink" ? { acl } : {}),
    ...(defaultAcl !== undefined && type === "directory" ? { defaultAcl } : {}),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

/** Any entry that an index can list. */
const anyEntry = fc.tuple(bareEntry, ATTRIBUTES).map(([entry, more]) => ({
  ...entry,
  ...fitting(entry, more),
}));

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

const ACL = "user::rw-,user:1:r--,group::---,mask::r--,other::---";

Deno.test("a line with attributes looks like this", () => {
  const entry: Entry = { ...FILE, sparse: true, acl: ACL, xattrs: { "user.a": "MQ==", "trusted.b": "" } };
  assert.equal(
    encodeIndexLine(1, entry),
    '{"volume":1,"path":"etc/hosts","type":"file","size":12,"mode":"0644","uid":0,"gid":0,"user":"root",' +
      `"group":"root","mtime":1700000000123,"sparse":true,"acl":"${ACL}",` +
      '"xattrs":{"user.a":"MQ==","trusted.b":""}}\n',
  );
});

const SHA256 = "0123456789abcdef".repeat(4);

Deno.test("a line with the SHA-256 of a file looks like this", () => {
  assert.equal(
    encodeIndexLine(1, { ...FILE, sha256: SHA256, sparse: true }),
    '{"volume":1,"path":"etc/hosts","type":"file","size":12,"mode":"0644","uid":0,"gid":0,"user":"root",' +
      `"group":"root","mtime":1700000000123,"sha256":"${SHA256}","sparse":true}\n`,
  );
});

for (const type of ["directory", "fifo", "symlink", "hardlink"] as const) {
  Deno.test(`an index line of a ${type} with a SHA-256 is refused`, () => {
    const link = type === "symlink" || type === "hardlink" ? { link: "a" } : {};
    const line = encodeIndexLine(1, { ...FILE, size: 0, type, ...link, sha256: SHA256 });
    assert.throws(() => decodeIndexLine(line.slice(0, -1)), Damage);
  });
}

/** What stands behind the time of a file. */
const BAD_ATTRIBUTES: Readonly<Record<string, string>> = {
  "a SHA-256 in upper case": `"sha256":"${SHA256.toUpperCase()}"`,
  "a SHA-256 that is too short": `"sha256":"${SHA256.slice(1)}"`,
  "a SHA-256 that is too long": `"sha256":"${SHA256}0"`,
  "a SHA-256 in two lines": `"sha256":"${SHA256}\\n"`,
  "a SHA-256 twice": `"sha256":"${SHA256}","sha256":"${SHA256}"`,
  "an escaped SHA-256": `"sha256":"\\u0030${SHA256.slice(1)}"`,
  "a SHA-256 of nothing": '"sha256":null',
  "a number as SHA-256": '"sha256":0',
  "a SHA-256 behind the attributes": `"sparse":true,"sha256":"${SHA256}"`,
  "a flag of another value": '"sparse":false',
  "attributes in another order": `"xattrs":{"user.a":""},"acl":"${ACL}"`,
  "no attributes": '"xattrs":{}',
  "a list of attributes": '"xattrs":["user.a"]',
  "attributes of nothing": '"xattrs":null',
  "an attribute twice": '"xattrs":{"user.a":"","user.a":""}',
  "an attribute of another namespace": '"xattrs":{"system.posix_acl_access":""}',
  "an attribute without a name": '"xattrs":{"user.":""}',
  "an attribute with a NUL in its name": '"xattrs":{"user.\\u0000":""}',
  "an attribute with half a character in its name": '"xattrs":{"user.\\ud800":""}',
  "a number as a value": '"xattrs":{"user.a":1}',
  "a value that is no base64": '"xattrs":{"user.a":"."}',
  "a value with white space": '"xattrs":{"user.a":"MQ= ="}',
  "a value with bits left over": '"xattrs":{"user.a":"MR=="}',
  "a value without padding": '"xattrs":{"user.a":"MQ"}',
  "a name that is too long": `"xattrs":{"user.${"a".repeat(251)}":""}`,
  "a value that is too long": `"xattrs":{"user.a":"${"AAAA".repeat(21846)}"}`,
  "more attributes than an entry may have": `"xattrs":{${
    [..."abcd"].map((it) => `"user.${it}":"${"AAAA".repeat(21845)}"`).join()
  },"user.e":""}`,
  "an ACL of another form": '"acl":"u::rw-,g::r--,o::r--"',
  "an ACL of nothing": '"acl":""',
  "a default ACL": `"defaultAcl":"${ACL}"`,
};

for (const [flaw, rest] of Object.entries(BAD_ATTRIBUTES)) {
  Deno.test(`an index line with ${flaw} of a file is refused`, () => {
    const line = encodeIndexLine(1, FILE).replace("}\n", `,${rest}}`);
    assert.throws(() => decodeIndexLine(line), Damage);
  });
}

Deno.test("an index line with the longest names and values that are allowed is read", () => {
  const xattrs = {
    [`user.${"a".repeat(250)}`]: "AAAA".repeat(21845) + "AA==",
    [`user.${"ä".repeat(125)}`]: "",
  };
  const entry = { ...FILE, xattrs };
  assert.deepEqual(decodeIndexLine(encodeIndexLine(1, entry).slice(0, -1)), { volume: 1, entry });
});

Deno.test("an index line gives no attribute to a hard link and no ACL to a symbolic link", () => {
  for (
    const more of [{ type: "hardlink", xattrs: { "user.a": "" } }, { type: "symlink", acl: ACL }] as const
  ) {
    const line = encodeIndexLine(1, { ...FILE, size: 0, link: "a", ...more });
    assert.throws(() => decodeIndexLine(line.slice(0, -1)), Damage);
  }
});

/** Compares the two decoders. Returns whether the line is a usual one. */
function isReadAlike(text: string): boolean {
  const usual = decodeUsualLine(text);
  if (usual !== undefined) assert.deepEqual(usual, decodeAnyLine(text), text);
  return usual !== undefined;
}

Deno.test("usual lines of files and directories are read alike by both decoders, and no bad line is usual", () => {
  const others: Entry[] = [
    { ...FILE, sha256: SHA256 },
    { ...FILE, sha256: SHA256, sparse: true },
    { ...FILE, sparse: true },
    { ...FILE, type: "directory", size: 0, path: "é/\u2028 \x7f" },
    { ...FILE, size: 0, mtime: -1, user: "", group: "" },
  ];
  for (const entry of [FILE, ...others]) assert.ok(isReadAlike(encodeIndexLine(1, entry).slice(0, -1)));
  for (const [, change] of FLAWS) isReadAlike(JSON.stringify({ ...JSON.parse(LINE), ...change }));
  for (const text of Object.values(OTHER_FORMS)) isReadAlike(text);
  for (const rest of Object.values(BAD_ATTRIBUTES)) isReadAlike(LINE.replace("}", `,${rest}}`));
  isReadAlike(LINE.replace("root", "r\ud800"));
});

Deno.test("changed lines that both decoders accept are read alike", () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 3 }),
    fc.constantFrom(
      "0",
      "9007199254740993",
      "4294967296",
      "-",
      "e",
      "\\",
      '"',
      "\ud800",
      "/",
      ".",
      ",",
      "\n",
      ' "',
    ),
    fc.constantFrom(
      '"directory"',
      '"file"',
      ',"sparse":true',
      `,"sha256":"${SHA256}"`,
      '"size":1',
      "a".repeat(1001),
    ),
  );
  const line = anyEntry.map((entry) => encodeIndexLine(1, entry).slice(0, -1));
  fc.assert(
    fc.property(line, fc.nat(), fc.nat({ max: 12 }), piece, (text, place, length, by) => {
      const at = place % (text.length + 1);
      isReadAlike(text.slice(0, at) + by + text.slice(at + length));
    }),
    { numRuns: 2000 },
  );
});
