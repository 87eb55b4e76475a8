/** Attributes in archives: ours read by GNU tar and bsdtar, theirs read by ours, and what nobody may write. */
import assert from "node:assert/strict";
import { attributeRecordsLength } from "../../lib/archive/attribute_records.ts";
import { encodeHeader, sizeInArchive } from "../../lib/archive/header.ts";
import { modeWithoutAcl } from "../../lib/model/acl.ts";
import { MAX_ATTRIBUTE_BYTES } from "../../lib/model/attributes.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { withDirectory } from "../support/directory.ts";
import { must, rootForeignTest } from "../support/foreign.ts";
import { archived, file, type Item, thing, unarchived } from "./making.ts";
import { header, pax, record, refuses, tar } from "./raw.ts";

const ACL = "user::rw-,user:34:rw-,user:65534:r--,group::---,group:1:r-x,mask::rw-,other::---";
const DEFAULT_ACL = "user::rwx,user:2147483647:r-x,group::r-x,mask::r-x,other::---";

/** All bytes there are. */
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, at) => at).toBase64();

/** cap_net_raw+ep: a revision, a flag and 64 bits for each of two sets, capabilities(7). */
const CAPABILITY = "AQAAAgAgAAAAAAAAAAAAAAAAAAA=";

const XATTRS = { "user.origin": "d2Vi", "user.empty": "", "user.bytes": EVERY_BYTE, "trusted.t": "AA==" };

/** The mode that an entry with `ACL` is stored with, and those of stat. */
const MODE = modeWithoutAcl(0o660, ACL);

const ITEMS: readonly Item[] = [
  thing("d", "directory", { mode: 0o755, defaultAcl: DEFAULT_ACL, xattrs: { "user.d": "MQ==" } }),
  file("d/acl", "acl", { mode: MODE, acl: ACL }),
  file("d/both", "both", { mode: MODE, acl: ACL, xattrs: XATTRS }),
  file("d/cap", "cap", { mode: 0o4755, xattrs: { "security.capability": CAPABILITY } }),
  file("d/ümläut", "", { xattrs: { "user.ümläut\nand\\": "MQ==" } }),
  file("d/large", "x".repeat(5000), { xattrs: { "user.large": new Uint8Array(3000).fill(7).toBase64() } }),
  thing("d/link", "symlink", { mode: 0o777, link: "acl", xattrs: { "trusted.l": "MQ==" } }),
  thing("d/fifo", "fifo", { mode: MODE, acl: ACL }),
  file("d/none", "none", { mode: 0o640 }),
];

/** Names that GNU tar writes in another way than others, and what reads them. */
const ESCAPED = file("d/escaped", "", { xattrs: { "user.a=b%3D%25": "MQ==" } });

Deno.test("an archive is read back with the attributes that it was made of", () => {
  const items = [...ITEMS, ESCAPED];
  for (const step of [1, 511, 100_000]) assert.deepEqual(unarchived(archived(items), step), items);
});

Deno.test("the size of an entry in an archive counts its attributes", () => {
  for (const { entry } of ITEMS) {
    assert.equal(sizeInArchive(entry), encodeHeader(entry).length + Math.ceil(entry.size / 512) * 512);
  }
});

Deno.test("an entry with as many attributes as it may have is read back", () => {
  const value = new Uint8Array(65_000).fill(1).toBase64();
  const xattrs = { "user.a": value, "user.b": value, "user.c": value, "user.d": value };
  const most = [file("a", "a", { xattrs })];
  assert.ok(attributeRecordsLength({ xattrs }) > MAX_ATTRIBUTE_BYTES - 4000);
  assert.deepEqual(unarchived(archived(most)), most);
});

const attribute = (name: string, value: string): string => record(`SCHILY.xattr.${name}`, value);

Deno.test("attributes that cannot be restored are damage", () => {
  const long = "x".repeat(65_537);
  const all = [..."abcd"].map((name) => attribute(`user.${name}`, long.slice(2))).join("");
  const bad: readonly (readonly [string, RegExp])[] = [
    [attribute("system.posix_acl_access", "x"), /cannot be restored/],
    [attribute("user.", "x"), /cannot be restored/],
    [attribute(`user.${"n".repeat(251)}`, "x"), /cannot be restored/],
    [attribute("user.a\0", "x"), /cannot be restored/],
    [attribute("user.a%3D", "x") + attribute("user.a%3d", "x"), /^$/],
    [attribute("user.a", "x") + attribute("user.a", "x"), /twice/],
    [attribute("user.a%25", "x") + attribute("user.a%", "x"), /cannot be restored/],
    [attribute("user.a", long), /too long/],
    [all + attribute("user.e", "x"), /too many attributes|records where/],
    [record("SCHILY.acl.access", "user::rwx,group::r-x"), /ACL/],
    [record("SCHILY.acl.access", ""), /ACL/],
    [record("SCHILY.acl.default", "user:root:rwx"), /ACL/],
    [record("SCHILY.acl.ace", "owner@:rwx::allow"), /unknown meaning/],
  ];
  for (const [records, message] of bad) {
    if (message.source === "^$") assert.equal(unarchived(tar(pax(records), header("a"))).length, 1);
    else refuses(tar(pax(records), header("a")), message);
  }
});

/** What getfattr prints of all that lies in a directory, by name. */
async function dumped(root: string): Promise<string> {
  const names = ITEMS.map(({ entry }) => entry.path);
  const { text } = await must("getfattr", ["-h", "-d", "-m", "-", "-e", "base64", "--", ...names], {
    cwd: root,
  });
  return text;
}

/** What `dumped` prints of `ITEMS`: the ACLs as setfacl sets them. */
async function wanted(root: string): Promise<string> {
  for (const { entry, content } of ITEMS) await make(root, entry, content);
  await must("setfacl", ["-d", "--set", DEFAULT_ACL, `${root}/d`]);
  return await dumped(root);
}

async function make(root: string, entry: Entry, content: Uint8Array): Promise<void> {
  const path = `${root}/${entry.path}`;
  if (entry.type === "directory") await Deno.mkdir(path);
  else if (entry.type === "symlink") await Deno.symlink(entry.link!, path);
  else if (entry.type === "fifo") await must("mkfifo", [path]);
  else await Deno.writeFile(path, content);
  if (entry.type !== "symlink") await Deno.chmod(path, entry.mode);
  for (const [name, value] of Object.entries(entry.xattrs ?? {})) {
    await must("setfattr", ["-h", "-n", name, ...(value === "" ? [] : ["-v", `0s${value}`]), path]);
  }
  if (entry.acl) await must("setfacl", ["--set", entry.acl, path]);
}

function modes(root: string): number[] {
  return ITEMS.map(({ entry }) => Deno.lstatSync(`${root}/${entry.path}`).mode! & 0o7777);
}

const EXTRACTORS: Readonly<Record<string, readonly string[]>> = {
  tar: ["--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "-xpf"],
  bsdtar: ["--xattrs", "--acls", "--numeric-owner", "-xpf"],
};

for (const [program, args] of Object.entries(EXTRACTORS)) {
  const name = `${program} restores attributes, ACLs and capabilities from an archive`;
  rootForeignTest([program, "getfattr", "setfattr", "setfacl"], name, () =>
    withDirectory(async (root) => {
      for (const name of ["made", "extracted", "bare"]) await Deno.mkdir(`${root}/${name}`);
      await Deno.writeFile(`${root}/a.tar`, archived(ITEMS));
      const { stderr } = await must(program, [...args, "../a.tar"], { cwd: `${root}/extracted` });
      assert.equal(stderr, "");
      assert.equal(await dumped(`${root}/extracted`), await wanted(`${root}/made`));
      assert.deepEqual(modes(`${root}/extracted`), modes(`${root}/made`));
    }));
}

rootForeignTest(
  ["tar"],
  "who extracts without ACLs gives the owning group no more than it had",
  () =>
    withDirectory(async (root) => {
      await Deno.writeFile(`${root}/a.tar`, archived(ITEMS));
      await must("tar", ["-xpf", "a.tar", "--warning=no-unknown-keyword"], { cwd: root });
      assert.deepEqual(modes(root), ITEMS.map(({ entry }) => entry.mode));
      assert.equal(Deno.lstatSync(`${root}/d/both`).mode! & 0o7777, 0o600);
    }),
);

const WRITERS: Readonly<Record<string, readonly string[]>> = {
  tar: ["--format=pax", "--xattrs", "--xattrs-include=user.*", "--no-recursion", "-cf", "-"],
};

for (const [program, args] of Object.entries(WRITERS)) {
  rootForeignTest(
    [program, "setfattr"],
    `the attributes that ${program} archived are read`,
    () =>
      withDirectory(async (root) => {
        const items = [file("plain", "1", { xattrs: XATTRS }), {
          ...ESCAPED,
          entry: { ...ESCAPED.entry, path: "e" },
        }];
        for (const { entry, content } of items) await make(root, entry, content);
        const { stdout } = await must(program, [...args, "--", "plain", "e"], { cwd: root });
        const [plain, escaped] = unarchived(stdout);
        const { "trusted.t": _, ...user } = XATTRS;
        assert.deepEqual(Object.entries(plain!.entry.xattrs!).sort(), Object.entries(user).sort());
        assert.deepEqual(escaped!.entry.xattrs, ESCAPED.entry.xattrs);
      }),
  );
}
