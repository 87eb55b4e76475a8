import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { trustByMount } from "../../lib/source/trust.ts";
import type { SourceEntry } from "../../lib/source/walk.ts";
import { must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

const ENTRY: SourceEntry = {
  path: "data/a",
  file: "/data/a",
  type: "file",
  size: 1,
  mode: 0o644,
  uid: 0,
  gid: 0,
  user: "root",
  group: "root",
  mtime: 0,
  ctime: 0,
  dev: 1,
  ino: 2,
  nlink: 1,
};

const ALL = { inode: true, ctime: true };

// Numbers as `stat --file-system --format=%t` prints them.
const TYPES: [name: string, type: number, inode: boolean, ctime: boolean][] = [
  ["ext4", 0xef53, true, true],
  ["xfs", 0x5846_5342, true, true],
  ["btrfs", 0x9123_683e, true, true],
  ["overlay", 0x794c_7630, true, true],
  ["NFS", 0x6969, true, true],
  ["ntfs3", 0x7366_746e, true, true],
  ["FAT", 0x4d44, false, false],
  ["exFAT", 0x2011_bab0, false, false],
  ["FUSE", 0x6573_5546, false, false],
  ["AFS", 0x6b41_4653, true, false],
  ["9P", 0x0102_1997, false, true],
  ["SMB 2", 0xfe53_4d42, false, true],
];

for (const [name, type, inode, ctime] of TYPES) {
  Deno.test(`of ${name} the inode is ${inode ? "" : "not "}trusted, and the ctime is ${ctime ? "" : "not "}trusted`, () => {
    assert.deepEqual(trustByMount(() => type)(ENTRY), { inode, ctime });
  });
}

Deno.test("a device is asked for once, and never by a symlink, which may lead to another", () => {
  const asked: string[] = [];
  const trust = trustByMount((path) => (asked.push(path), path.startsWith("/fat") ? 0x4d44 : 0xef53));
  assert.deepEqual(trust({ ...ENTRY, file: "/fat/link", type: "symlink", dev: 2 }), ALL);
  const fat = { inode: false, ctime: false };
  assert.deepEqual(trust({ ...ENTRY, file: "/fat", type: "directory", dev: 2 }), fat);
  assert.deepEqual(trust({ ...ENTRY, file: "/fat/link", type: "symlink", dev: 2 }), fat);
  assert.deepEqual(trust({ ...ENTRY, file: "/fat/a", dev: 2 }), fat);
  assert.deepEqual(trust(ENTRY), ALL);
  assert.deepEqual(asked, ["/fat", "/data/a"]);
});

Deno.test("the numbers are those that stat prints, and what cannot be asked is trusted", () =>
  withDirectory(async (directory) => {
    const { text } = await must("stat", ["--file-system", "--format=%t", directory]);
    assert.equal(statfsSync(directory).type, parseInt(text, 16));
    assert.deepEqual(trustByMount()({ ...ENTRY, file: `${directory}/gone` }), ALL);
  }));
