import assert from "node:assert/strict";
import fc from "fast-check";
import { aclBytes, aclText, isAcl, withAclMask, withoutAclMask } from "../../lib/model/acl.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { ACL } from "./entries.ts";

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

Deno.test("the group bits of a mode are what an ACL gives the owning group, and the mask where stat shows it", () => {
  const acl = "user::rw-,user:1:rw-,group::r-x,mask::rw-,other::---";
  assert.equal(withoutAclMask(0o4660, acl), 0o4640);
  assert.equal(withAclMask(0o4640, acl), 0o4660);
  const plain = "user::rw-,group::r--,other::---";
  assert.equal(withoutAclMask(0o640, plain), 0o640);
  assert.equal(withAclMask(0o600, plain), 0o640);
});

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
        if (kind === "access") assert.equal(withAclMask(withoutAclMask(mode, text!), text!), mode);
      }
    });
  },
);
