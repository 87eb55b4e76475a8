import fc from "fast-check";
import type { Entry, EntryType } from "../../lib/model/entry.ts";

/** Short texts of what is hard to keep apart, or takes one to four bytes of UTF-8. */
const TEXT: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom("a", "b", "/", " ", "\n", "é", "€", "\ufeff", "😀"),
  maxLength: 12,
});

const BITS = fc.constantFrom("---", "r--", "rw-", "rwx", "--x");
const ID = fc.integer({ min: 0, max: 0xffff_fffe });

/** ACLs with entries of such ids, each at most once for users and once for groups. */
export function aclsWith(id: fc.Arbitrary<number>): fc.Arbitrary<string> {
  const named = fc.uniqueArray(fc.tuple(id, BITS), { maxLength: 3, selector: ([it]) => it });
  return fc.record({
    users: named,
    groups: named,
    own: fc.tuple(BITS, BITS, BITS),
    mask: fc.option(BITS, { nil: undefined }),
  }).map(({ users, groups, own: [user, group, other], mask }) => {
    const isMasked = mask !== undefined || users.length + groups.length > 0;
    return [
      `user::${user}`,
      ...users.map(([id, bits]) => `user:${id}:${bits}`),
      `group::${group}`,
      ...groups.map(([id, bits]) => `group:${id}:${bits}`),
      ...(isMasked ? [`mask::${mask ?? "r--"}`] : []),
      `other::${other}`,
    ].join(",");
  });
}

/** Any ACL. */
export const ACL: fc.Arbitrary<string> = aclsWith(ID);

const XATTR_NAME = fc.tuple(
  fc.constantFrom("user", "trusted", "security"),
  fc.string({
    unit: fc.constantFrom("a", ".", "%", "=", "%3D", "\n", "\\", "é", "😀"),
    minLength: 1,
    maxLength: 8,
  }),
).map(([namespace, name]) => `${namespace}.${name}`);

/** Any SHA-256. */
const SHA256 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());

/** Any attributes that an entry can have, and what else few or some have. */
export const ATTRIBUTES: fc.Arbitrary<Pick<Entry, "acl" | "defaultAcl" | "xattrs" | "sparse" | "sha256">> = fc
  .record({
    sha256: fc.option(SHA256, { nil: undefined }),
    acl: fc.option(ACL, { nil: undefined }),
    defaultAcl: fc.option(ACL, { nil: undefined }),
    sparse: fc.option(fc.constant(true as const), { nil: undefined }),
    values: fc.dictionary(XATTR_NAME, fc.uint8Array({ maxLength: 20 }), { maxKeys: 3 }),
  }).map(({ values, ...rest }) => {
    const xattrs = Object.fromEntries(Object.entries(values).map(([name, it]) => [name, it.toBase64()]));
    const all = { ...rest, ...(Object.keys(xattrs).length === 0 ? {} : { xattrs }) };
    return Object.fromEntries(Object.entries(all).filter(([, it]) => it !== undefined));
  });

/** Entries, not all of which make sense. */
export const ENTRY: fc.Arbitrary<Entry> = fc.record({
  path: TEXT,
  type: fc.constantFrom<EntryType>("file", "directory", "symlink", "hardlink", "fifo", "char", "block"),
  size: fc.maxSafeNat(),
  mode: fc.nat(0o7777),
  uid: fc.nat(2 ** 32 - 1),
  gid: fc.nat(2 ** 32 - 1),
  user: TEXT,
  group: TEXT,
  mtime: fc.maxSafeInteger(),
  link: fc.option(TEXT, { nil: undefined }),
  device: fc.option(fc.record({ major: fc.nat(), minor: fc.nat() }), { nil: undefined }),
  attributes: ATTRIBUTES,
}).map(({ link, device, attributes, ...entry }): Entry => ({
  ...entry,
  ...(link === undefined ? {} : { link }),
  ...(device === undefined ? {} : { device: { ...device } }),
  ...attributes,
}));
