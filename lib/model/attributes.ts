/** Extended attributes: each value, which is any bytes, in base64 by the attribute's name. */
export type Xattrs = Readonly<Record<string, string>>;

/** Attributes of an entry besides those of `stat`. */
export interface Attributes {
  /** Its access ACL: see `acl.ts`. */
  readonly acl?: string;
  /** Default ACL of a directory, which new entries in it get. */
  readonly defaultAcl?: string;
  /** Its extended attributes of the namespaces `user`, `trusted` and `security`; never none. */
  readonly xattrs?: Xattrs;
}

/** The most bytes that the attributes of one entry take, by {@link attributeBytes}. */
export const MAX_ATTRIBUTE_BYTES = 256 * 1024;

/** The most bytes of a name and of a value: XATTR_NAME_MAX and XATTR_SIZE_MAX of Linux. */
const MAX_XATTR_NAME = 255;

/** See {@link MAX_XATTR_NAME}. */
export const MAX_XATTR_VALUE = 64 * 1024;

/** What the record of an attribute takes beside its name and its value, at most. */
const RECORD = 32;

const NAMESPACE = /^(?:user|trusted|security)\.[^\0]+$/;

/** Canonical base64 of RFC 4648, section 4: padded, with no bits left over. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

const encoder = new TextEncoder();

/** Whether an attribute of this name is stored in `xattrs`. */
export function isXattrName(name: string): boolean {
  return NAMESPACE.test(name) && name.isWellFormed() && bytesOf(name) <= MAX_XATTR_NAME;
}

/** Whether `value` is canonical base64 of a value that an attribute can have. */
export function isXattrValue(value: string): boolean {
  return value.length <= MAX_XATTR_VALUE / 3 * 4 + 4 && BASE64.test(value) &&
    base64Bytes(value) <= MAX_XATTR_VALUE;
}

/** Whether `it` is what `xattrs` may be. */
export function isXattrs(it: unknown): it is Xattrs {
  if (typeof it !== "object" || it === null || Array.isArray(it)) return false;
  const all = Object.entries(it);
  return all.length > 0 &&
    all.every(([name, value]) => isXattrName(name) && typeof value === "string" && isXattrValue(value));
}

/** Whether `attributes`, all of them well formed, take no more than {@link MAX_ATTRIBUTE_BYTES}. */
export function isWithinLimit(attributes: Attributes): boolean {
  return attributeBytes(attributes) <= MAX_ATTRIBUTE_BYTES;
}

/** Bytes that the attributes of an entry take as records of an archive, at most. */
export function attributeBytes({ acl, defaultAcl, xattrs }: Attributes): number {
  let bytes = 0;
  for (const text of [acl, defaultAcl]) if (text !== undefined) bytes += RECORD + text.length;
  if (xattrs === undefined) return bytes;
  for (const [name, value] of Object.entries(xattrs)) {
    bytes += RECORD + bytesOf(xattrKeyword(name)) + base64Bytes(value);
  }
  return bytes;
}

/** A name as it stands in the key of a record, which ends at the first `=`: as GNU tar writes it. */
export function xattrKeyword(name: string): string {
  return name.replaceAll("%", "%25").replaceAll("=", "%3D");
}

/** The name for what stands in a key: the inverse of {@link xattrKeyword}. */
export function xattrNameOf(keyword: string): string {
  return keyword.replaceAll("%3D", "=").replaceAll("%25", "%");
}

/** Returns the attributes of an entry alone. */
export function attributesOnly({ acl, defaultAcl, xattrs }: Attributes): Attributes {
  return {
    ...(acl === undefined ? {} : { acl }),
    ...(defaultAcl === undefined ? {} : { defaultAcl }),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

/** Whether there is any attribute. */
export function hasAttributes({ acl, defaultAcl, xattrs }: Attributes): boolean {
  return acl !== undefined || defaultAcl !== undefined || xattrs !== undefined;
}

/** Whether two entries have the same attributes, listed in the same order. */
export function sameAttributes(one: Attributes, other: Attributes): boolean {
  return one.acl === other.acl && one.defaultAcl === other.defaultAcl && sameXattrs(one.xattrs, other.xattrs);
}

function sameXattrs(one: Xattrs | undefined, other: Xattrs | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** Bytes that canonical base64 stands for. */
function base64Bytes(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return text.length / 4 * 3 - padding;
}
