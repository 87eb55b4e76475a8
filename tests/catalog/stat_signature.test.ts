import assert from "node:assert/strict";
import { isRacy, type Mark, markOf, statSignature, type Walked } from "../../lib/catalog/stat_signature.ts";
import type { Trust } from "../../lib/model/trust.ts";

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

const READING = { from: 1_700_000_100_000, to: 1_700_000_200_000 };

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

const TRUSTS: Trust[] = [true, false].flatMap((inode) => [true, false].map((ctime) => ({ inode, ctime })));

const ALL: Trust = { inode: true, ctime: true };

for (const [what, change] of CHANGES) {
  Deno.test(`an entry with another ${what} is not like it was, unless that is not trusted`, () => {
    for (const trust of TRUSTS) {
      const seen = what === "ctime" ? trust.ctime : what === "inode" ? trust.inode : true;
      assert.equal(
        statSignature({ ...FILE, ...change }, trust, "all") !== statSignature(FILE, trust, "all"),
        seen,
      );
    }
  });
}

const UNUSUAL: Partial<Walked>[] = [
  {},
  { mtime: -1, ctime: 0 },
  { ino: 2 ** 53 + 2 },
  { ino: 1e21 },
  { user: "", group: "" },
  { user: "1.2", group: "ü~+" },
  { type: "symlink", link: ":+~.0" },
  { statMode: 0o640 },
  { device: { major: 8, minor: 1 } },
];

Deno.test("a signature fits the entries that have an equal signature, with its mark, and no others", () => {
  const entries = UNUSUAL.flatMap((unusual) =>
    CHANGES.map(([, change]) => ({ ...FILE, ...unusual, ...change }))
  );
  for (const trust of TRUSTS) {
    for (const mark of ["all", "some", "none"] satisfies Mark[]) {
      for (const sent of entries) {
        const signature = statSignature(sent, trust, mark);
        for (const now of entries) {
          const expected = statSignature(now, trust, mark) === signature ? mark : undefined;
          assert.equal(markOf(signature, now, trust), expected, `${signature}, ${JSON.stringify(now)}`);
        }
        for (const other of ["", signature.slice(0, -1), `${signature}0`, signature.slice(1)]) {
          assert.equal(markOf(other, { ...sent, link: "x" }, trust), undefined, other);
        }
      }
    }
  }
});

Deno.test("an entry is like itself, however many names it has", () => {
  assert.equal(statSignature({ ...FILE }, ALL, "none"), statSignature(FILE, ALL, "none"));
  assert.equal(statSignature({ ...FILE, nlink: 2 }, ALL, "none"), statSignature(FILE, ALL, "none"));
});

for (
  const [when, change, racy] of [
    ["long before it was read", {}, false],
    ["in the second in which it was read", { ctime: 1_700_000_099_000 }, true],
    ["two seconds before", { mtime: 1_700_000_098_000 }, true],
    ["half a minute before, by a map that was not written back yet", { ctime: 1_700_000_065_000 }, true],
    ["a minute before", { mtime: 1_700_000_040_000, ctime: 1_700_000_040_000 }, false],
    ["half a minute before, by a time that was set,", { mtime: 1_700_000_065_000 }, false],
    ["half a minute before, as a directory,", { type: "directory", ctime: 1_700_000_065_000 }, false],
    ["while others were read", { ctime: 1_700_000_150_000 }, true],
    ["by a time that is yet to come", { mtime: 1_800_000_000_000 }, false],
  ] as const
) {
  Deno.test(`an entry that changed ${when} ${racy ? "may" : "cannot"} change without a new time`, () => {
    assert.equal(isRacy({ ...FILE, ...change }, READING, ALL), racy);
  });
}

Deno.test("a ctime that is not trusted makes nothing racy, an mtime still does", () => {
  const trust = { ...ALL, ctime: false };
  assert.ok(!isRacy({ ...FILE, ctime: READING.from }, READING, trust));
  assert.ok(isRacy({ ...FILE, mtime: READING.from }, READING, trust));
  assert.ok(isRacy({ ...FILE, mtime: READING.from - 35_000 }, READING, trust));
});
