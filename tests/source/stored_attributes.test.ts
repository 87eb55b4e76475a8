import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { aclBytes } from "../../lib/model/acl.ts";
import { isWithinLimit, MAX_ATTRIBUTE_BYTES } from "../../lib/model/attributes.ts";
import { type PrintedAttribute, Unintelligible } from "../../lib/source/getfattr.ts";
import { type StoredAttributes, storedAttributes } from "../../lib/source/stored_attributes.ts";

function stored(
  attributes: Readonly<Record<string, Uint8Array | string>>,
  isAclUnknown = false,
): StoredAttributes {
  const printed = Object.entries(attributes).map(([name, value]): PrintedAttribute => ({
    name: Buffer.from(name).toString("latin1"),
    value: Buffer.from(value as string).toString("base64"),
  }));
  return storedAttributes(printed, isAclUnknown);
}

const ACL = "user::rwx,user:1:---,group::r--,mask::rwx,other::r--";

Deno.test("each namespace has its rule", () => {
  const { attributes, lacks, foreign, safeMode: _ } = stored({
    "security.capability": "c",
    "security.evm": "e",
    "security.ima": "i",
    "security.selinux": "s",
    "system.posix_acl_access": aclBytes(ACL),
    "system.posix_acl_default": aclBytes("user::rwx,group::---,other::---"),
    "system.nfs4_acl": "n",
    "btrfs.compression": "zstd",
    "trusted.overlay.opaque": "y",
    "user.a": "1",
  });
  assert.deepEqual(Object.keys(attributes.xattrs!), [
    "security.capability",
    "security.ima",
    "security.selinux",
    "trusted.overlay.opaque",
    "user.a",
  ]);
  assert.deepEqual([attributes.acl, attributes.defaultAcl], [ACL, "user::rwx,group::---,other::---"]);
  assert.deepEqual([lacks, foreign], [[], ["system.nfs4_acl", "btrfs.compression"]]);
});

Deno.test("a mode keeps the bits that grant no user more without the ACL", () => {
  assert.equal(stored({ "user.a": "" }).safeMode(0o2775), 0o2775);
  assert.equal(stored({ "system.posix_acl_access": aclBytes(ACL) }).safeMode(0o4774), 0o4700);
  assert.equal(stored({}, true).safeMode(0o6777), 0o6700, "an ACL that could not be read");
  const unknown = stored({ "system.posix_acl_access": "of another version" });
  assert.equal(unknown.safeMode(0o1775), 0o1700);
  assert.match(unknown.lacks[0]!, /its ACL: it is of another form/);
});

Deno.test("attributes that are too long are left out and named, and others are stored", () => {
  const most = new Uint8Array(65_536);
  const more = new Uint8Array(65_537);
  const { attributes, lacks } = stored({
    "user.most": most,
    "user.more": more,
    [`user.${"n".repeat(251)}`]: "",
  });
  assert.deepEqual(Object.keys(attributes.xattrs!), ["user.most"]);
  assert.deepEqual(lacks.map((it) => it.replace(/^.*": /, "")), [
    "it has more than 65536 bytes",
    "the name is too long",
  ]);
});

Deno.test("an entry has no more attributes than the format allows", () => {
  const names = Array.from({ length: 8000 }, (_, at) => `user.${at}`);
  const many = stored(Object.fromEntries(names.map((name) => [name, "1"])));
  assert.ok(isWithinLimit(many.attributes));
  const count = Object.keys(many.attributes.xattrs!).length;
  assert.equal(many.lacks.length, names.length - count);
  assert.match(many.lacks[0]!, new RegExp(`more than ${MAX_ATTRIBUTE_BYTES / 1024} KiB`));
  const large = stored({
    "user.a": new Uint8Array(65_536),
    ...Object.fromEntries([..."bcde"].map((name) => [`user.${name}`, new Uint8Array(65_000)])),
    "user.f": "",
  });
  assert.deepEqual(
    Object.keys(large.attributes.xattrs!),
    ["user.a", "user.b", "user.c", "user.d", "user.f"].slice(0, large.lacks.length === 1 ? 5 : 4),
  );
});

Deno.test("a value that is not base64 and a duplicate name are refused as output of getfattr", () => {
  for (const value of ["A", "AB==", "A===", "A A="]) {
    assert.throws(() => storedAttributes([{ name: "user.a", value }], false), Unintelligible, value);
  }
  const twice = { name: "user.a", value: "" };
  assert.throws(() => storedAttributes([twice, twice], false), Unintelligible);
});

Deno.test("a name that is not UTF-8 is named as far as it can be shown", () => {
  const { lacks } = storedAttributes([{ name: "user.\xff\n", value: "" }], false);
  assert.deepEqual(lacks, ['its extended attribute "user.ÿ\\n": the name is not UTF-8']);
});
