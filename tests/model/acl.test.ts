import assert from "node:assert/strict";
import fc from "fast-check";
import { aclBytes, aclText, isAcl, modeWithoutAcl } from "../../lib/model/acl.ts";
import { modeWithAcl } from "../support/acl_mode.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { ACL, aclsWith } from "./entries.ts";

/** ACLs with entries of ids 1 and 2. */
const ACL_OF_FEW = aclsWith(fc.constantFrom(1, 2));

Deno.test("an ACL is the same after it was made bytes and text again", () =>
  fc.assert(fc.property(ACL, (acl) => {
    assert.ok(isAcl(acl));
    assert.equal(aclText(aclBytes(acl)), acl);
  })));

const BAD: readonly string[] = [
  "",
  "user::rw-",
  "u::rw-,g::r--,o::r--",
  "user::rw-,group::r--,other::r--,",
  "user::rw-\ngroup::r--\nother::r--",
  "user::rw-,group::r--,mask::r--,group:1:r--,other::r--",
  "group::r--,user::rw-,other::r--",
  "user::rw-,user:1:rw-,group::r--,other::r--",
  "user::rw-,user:root:rw-,group::r--,mask::r--,other::r--",
  "user::rw-,user:01:rw-,group::r--,mask::r--,other::r--",
  "user::rw-,user:4294967295:rw-,group::r--,mask::r--,other::r--",
  "user::rw-,user:9999999999:rw-,group::r--,mask::r--,other::r--",
  "user::wr-,group::r--,other::r--",
  "user::rwxx,group::r--,other::r--",
  "user::rw-,group::r--,other::r-- ",
];

for (const text of BAD) {
  Deno.test(`${JSON.stringify(text)} is no ACL`, () => assert.ok(!isAcl(text)));
}

Deno.test("bytes that are no ACL have no text", () => {
  const good = aclBytes("user::rw-,user:1:r--,group::r--,mask::r--,other::---");
  const changed = (at: number, to: number): Uint8Array => good.with(at, to);
  for (
    const bytes of [
      new Uint8Array(),
      good.subarray(0, 4),
      good.subarray(0, good.length - 1),
      changed(0, 1),
      changed(4, 0x40),
      changed(6, 8),
      changed(5, 1),
      new Uint8Array(1000).fill(255),
    ]
  ) assert.equal(aclText(bytes), undefined);
});

/** ACLs, the mode that stat shows, and the one that nobody gains by. */
const MODES: readonly (readonly [acl: string, shown: number, safe: number])[] = [
  ["user::rw-,group::r--,other::---", 0o640, 0o640],
  ["user::rw-,user:1:r--,group::---,mask::r--,other::---", 0o640, 0o600],
  ["user::rw-,user:1:rw-,group::r-x,mask::rw-,other::---", 0o660, 0o640],
  ["user::rw-,user:1:---,group::r--,mask::r--,other::r--", 0o644, 0o600],
  ["user::rw-,group::r--,group:1:---,mask::r--,other::r--", 0o644, 0o640],
  ["user::rwx,user:1:r-x,group::rwx,group:2:r--,mask::r-x,other::r-x", 0o755, 0o754],
  ["user::rwx,user:1:rwx,group::r-x,mask::r--,other::r-x", 0o745, 0o744],
];

for (const [acl, shown, safe] of MODES) {
  Deno.test(`without its ACL ${acl} no user may do more to a file than with it`, () => {
    assert.equal(modeWithoutAcl(0o4000 | shown, acl), 0o4000 | safe);
    assert.equal(modeWithAcl(0o4000 | safe, acl), 0o4000 | shown);
  });
}

/** What the access check of acl(5) gives someone who is not the owner. */
function granted(acl: string, uid: number, gids: readonly number[]): number {
  const entries = acl.split(",").map((it) => it.split(":") as [string, string, string]);
  const bits = (text: string): number =>
    ["r", "w", "x"].reduce((sum, it) => sum * 2 + (text.includes(it) ? 1 : 0), 0);
  const of = (word: string, id: string): number[] =>
    entries.filter(([it, its]) => it === word && its === id).map(([, , it]) => bits(it));
  const [mask = 7] = of("mask", "");
  const [named] = of("user", String(uid));
  if (named !== undefined) return named & mask;
  const groups = gids.flatMap((gid) => gid === OWNING ? of("group", "") : of("group", String(gid)));
  return groups.length > 0 ? groups.reduce((one, other) => one | other) & mask : of("other", "")[0]!;
}

/** The group that a file belongs to. */
const OWNING = 100;

Deno.test("no user gains any right if an ACL is left out", () =>
  fc.assert(
    fc.property(
      ACL_OF_FEW,
      fc.integer({ min: 1, max: 3 }),
      fc.subarray([1, 2, OWNING]),
      (acl, uid, gids) => {
        const mode = modeWithoutAcl(modeWithAcl(0, acl), acl);
        const bits = gids.includes(OWNING) ? (mode >> 3) & 7 : mode & 7;
        // One right at a time: a class may have a right by one entry and another by a second one.
        assert.equal(bits & ~granted(acl, uid, gids), 0);
      },
    ),
    { numRuns: 1000 },
  ));

/** Arguments of setfacl. */
const SETTINGS: readonly (readonly string[])[] = [
  ["-m", "u:nobody:rw"],
  ["-m", "u:0:-,u:4294967294:rwx,g:1:x,g:99999:r,m:r"],
  ["-m", "g:daemon:---,m:---"],
  ["-d", "-m", "u:nobody:rwx"],
  ["-d", "-m", "u::r,g::-,o::x"],
];

foreignTest(
  ["setfacl", "getfattr", "getfacl"],
  "the text of an ACL is what getfacl prints of it",
  async () => {
    await withDirectory(async (root) => {
      for (const [at, setting] of SETTINGS.entries()) {
        const path = `${root}/d${at}`;
        await Deno.mkdir(path);
        await must("setfacl", [...setting, path]);
        const kind = setting.includes("-d") ? "default" : "access";
        const { text } = await must("getfattr", [
          ...["-n", `system.posix_acl_${kind}`, "-e", "base64", "--only-values", "--absolute-names", path],
        ]).then(({ stdout }) => ({ text: aclText(stdout) }));
        const { text: shown } = await must("getfacl", ["-n", "-c", "-p", "-E", `--${kind}`, path]);
        assert.equal(text, shown.trim().replaceAll("default:", "").replaceAll("\n", ","));
        assert.ok(isAcl(text!));
        const mode = Deno.lstatSync(path).mode! & 0o7777;
        if (kind === "access") assert.equal(modeWithAcl(modeWithoutAcl(mode, text!), text!), mode);
      }
    });
  },
);
