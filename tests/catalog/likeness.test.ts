import assert from "assert";
import { isRacy, likeness, type Walked } from "../../lib/catalog/likeness.ts";

const FILE: Walked = {
  path: "a",
  type: "file",
  size: 10,
  mode: 0o644,
  uid: 1,
  gid: 2,
  user: "u",
  group: "g",
  mtime: 1_700_000_000_123,
  ctime: 1_700_000_001_000,
  ino: 7,
  nlink: 1,
};

const CHANGES: [what: string, change: Partial<Walked>][] = [
  ["type", { type: "fifo" }],
  ["size", { size: 11 }],
  ["mode", { mode: 0o600 }],
  ["owner", { uid: 3 }],
  ["group", { gid: 3 }],
  ["owner's name", { user: "v" }],
  ["group's name", { group: "h" }],
  ["mtime by a millisecond", { mtime: FILE.mtime + 1 }],
  ["ctime", { ctime: FILE.ctime + 1000 }],
  ["inode", { ino: 8 }],
  ["link", { link: "b" }],
  ["device's major number", { device: { major: 1, minor: 0 } }],
  ["device's minor number", { device: { major: 0, minor: 1 } }],
];

for (const [what, change] of CHANGES) {
  Deno.test(`an entry with another ${what} is not like it was`, () => {
    assert.notEqual(likeness({ ...FILE, ...change }, true), likeness(FILE, true));
  });
}

Deno.test("an entry is like itself, however many names it has, and without inodes also as another inode", () => {
  assert.equal(likeness({ ...FILE }, true), likeness(FILE, true));
  assert.equal(likeness({ ...FILE, nlink: 2 }, true), likeness(FILE, true));
  assert.equal(likeness({ ...FILE, ino: 8 }, false), likeness(FILE, false));
});

for (
  const [when, change, racy] of [
    ["long before it was read", {}, false],
    ["in the second in which it was read", { ctime: 1_700_000_099_000 }, true],
    ["two seconds before", { mtime: 1_700_000_098_000 }, true],
    ["while others were read", { ctime: 1_700_000_150_000 }, true],
    ["by a time that is yet to come", { mtime: 1_800_000_000_000 }, false],
  ] as const
) {
  Deno.test(`an entry that changed ${when} is ${racy ? "" : "not "}taken for one that may change unseen`, () => {
    assert.equal(isRacy({ ...FILE, ...change }, { from: 1_700_000_100_000, to: 1_700_000_200_000 }), racy);
  });
}
