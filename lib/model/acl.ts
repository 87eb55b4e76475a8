// POSIX ACLs as texts with numeric ids: `user::rw-,user:65534:rw-,group::---,mask::rw-,other::---`. acl(5) describes the
// entries; GNU tar (by acl_from_text) and bsdtar read this text. Linux keeps an ACL as the bytes of an extended attribute,
// `posix_acl_xattr_header` and `posix_acl_xattr_entry` in include/uapi/linux/posix_acl_xattr.h: a version, then for each entry
// a tag, permissions and an id, all little-endian.

const VERSION = 2;
const HEADER = 4;
const ENTRY = 8;

/** Id of an entry that has no id. */
const NO_ID = 0xffff_ffff;

/**
 * Word of an entry in the text, by its tag. An id follows the words `user` and `group`, or nothing for the
 * owner.
 */
const TAGS = {
  0x01: "user",
  0x02: "user",
  0x04: "group",
  0x08: "group",
  0x10: "mask",
  0x20: "other",
} as const;

/** Tags of the entries that have an id. */
const NAMED: ReadonlySet<number> = new Set([0x02, 0x08]);

const ID = "(?:0|[1-9]\\d{0,9})";
const BITS = "[r-][w-][x-]";
const ONE_FORM = new RegExp(
  `^user::${BITS}(?:,user:${ID}:${BITS})*,group::${BITS}(?:,group:${ID}:${BITS})*(?:,mask::${BITS})?,other::${BITS}$`,
);

/**
 * Whether `text` is an ACL in the only form that is written and read: comma-separated, in the order of Linux,
 * ids in decimal, with a mask if an entry has an id.
 */
export function isAcl(text: string): boolean {
  if (!ONE_FORM.test(text)) return false;
  const ids = [...text.matchAll(/:(\d+):/g)].map(([, id]) => Number(id));
  return ids.every((id) => id < NO_ID) && (ids.length === 0 || isMasked(text));
}

/**
 * Returns the text for the value of `system.posix_acl_access` or `system.posix_acl_default`; undefined if it
 * is not an ACL.
 */
export function aclText(bytes: Uint8Array): string | undefined {
  if (bytes.length < HEADER || (bytes.length - HEADER) % ENTRY !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== VERSION) return undefined;
  const entries: string[] = [];
  for (let at = HEADER; at < bytes.length; at += ENTRY) entries.push(entryText(view, at));
  const text = entries.join(",");
  return isAcl(text) ? text : undefined;
}

/** Returns the text of an entry; for an unknown tag, a text that no ACL contains. */
function entryText(view: DataView, at: number): string {
  const tag = view.getUint16(at, true);
  const bits = view.getUint16(at + 2, true);
  const id = NAMED.has(tag) ? view.getUint32(at + 4, true) : "";
  return `${TAGS[tag as keyof typeof TAGS]}:${id}:${bits < 8 ? bitsText(bits) : bits}`;
}

function bitsText(bits: number): string {
  return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 1 ? "x" : "-"}`;
}

/** Returns the value of the extended attribute for a text that {@link isAcl} accepts. */
export function aclBytes(text: string): Uint8Array<ArrayBuffer> {
  const entries = entriesOf(text);
  const bytes = new Uint8Array(HEADER + ENTRY * entries.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, VERSION, true);
  for (const [index, [word, id, bits]] of entries.entries()) {
    const at = HEADER + ENTRY * index;
    view.setUint16(at, tagOf(word, id !== ""), true);
    view.setUint16(at + 2, bitsOf(bits), true);
    view.setUint32(at + 4, id === "" ? NO_ID : Number(id), true);
  }
  return bytes;
}

function tagOf(word: string, isNamed: boolean): number {
  const [tag] = Object.entries(TAGS).find(([tag, it]) => it === word && NAMED.has(Number(tag)) === isNamed)!;
  return Number(tag);
}

function bitsOf(text: string): number {
  return (text[0] === "r" ? 4 : 0) + (text[1] === "w" ? 2 : 0) + (text[2] === "x" ? 1 : 0);
}

/**
 * Returns the mode that grants no more than the access ACL of a file, for the case that the ACL is not set.
 * Linux shows the ACL's mask as the group bits: without the ACL, they would grant access to the group. An
 * entry of the ACL can also deny what the bits of all others allow. So rights that the ACL denies to a user
 * are removed from the group and from others, and rights that it denies to a group are removed from others.
 */
export function modeWithoutAcl(mode: number, acl: string): number {
  const { user, group, other, mask, users, groups } = rightsOf(acl);
  const all = (rights: readonly number[]): number => rights.reduce((common, it) => common & it & mask, 7);
  return (mode & 0o7000) | (user << 6) | ((group & mask & all(users)) << 3) |
    (other & all(users) & all(groups));
}

/** Rights that an ACL grants, as numbers from 0 to 7. */
interface Rights {
  readonly user: number;
  readonly group: number;
  readonly other: number;
  /** Maximum rights of the group and of entries with an id. */
  readonly mask: number;
  readonly users: readonly number[];
  readonly groups: readonly number[];
}

function rightsOf(acl: string): Rights {
  const rights = { user: 0, group: 0, other: 0, mask: 7, users: [] as number[], groups: [] as number[] };
  for (const [word, id, bits] of entriesOf(acl)) {
    if (id === "") rights[word] = bitsOf(bits);
    else (word === "user" ? rights.users : rights.groups).push(bitsOf(bits));
  }
  return rights;
}

function isMasked(acl: string): boolean {
  return acl.includes(",mask::");
}

type Word = typeof TAGS[keyof typeof TAGS];

function entriesOf(acl: string): [word: Word, id: string, bits: string][] {
  return acl.split(",").map((entry) => entry.split(":") as [Word, string, string]);
}
