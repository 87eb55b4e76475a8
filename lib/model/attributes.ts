/** Extended attributes: the value of each, arbitrary bytes in base64, by its name. */
export type Xattrs = Readonly<Record<string, string>>;

/** Attributes of an entry in addition to those of `stat`. */
export interface Attributes {
  /** Access ACL: see `acl.ts`. */
  readonly acl?: string;
  /** Default ACL of a directory, which new entries in it inherit. */
  readonly defaultAcl?: string;
  /** Extended attributes of the namespaces `user`, `trusted` and `security`; never empty. */
  readonly xattrs?: Xattrs;
}

/** Maximum size in bytes of the attributes of one entry, by {@link attributeBytes}. */
export const MAX_ATTRIBUTE_BYTES = 256 * 1024;

/** Maximum length of a name in bytes: XATTR_NAME_MAX of Linux. */
const MAX_XATTR_NAME = 255;

/** Maximum size of a value in bytes: XATTR_SIZE_MAX of Linux. */
export const MAX_XATTR_VALUE = 64 * 1024;

/** Maximum number of bytes that the record of an attribute takes in addition to its name and value. */
const RECORD = 32;

const NAMESPACE = /^(?:user|trusted|security)\.[^\0]+$/;

/** Canonical base64 of RFC 4648, section 4: padded, without unused bits. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

const encoder = new TextEncoder();

/** Whether an attribute with this name is stored in `xattrs`. */
export function isXattrName(name: string): boolean {
  return NAMESPACE.test(name) && name.isWellFormed() && bytesOf(name) <= MAX_XATTR_NAME;
}

/** Whether `value` is the canonical base64 of a value that an attribute can have. */
export function isXattrValue(value: string): boolean {
  return value.length <= MAX_XATTR_VALUE / 3 * 4 + 4 && BASE64.test(value) &&
    base64Bytes(value) <= MAX_XATTR_VALUE;
}

/** Whether `it` is valid as `xattrs`. */
export function isXattrs(it: unknown): it is Xattrs {
  if (typeof it !== "object" || it === null || Array.isArray(it)) return false;
  const all = Object.entries(it);
  return all.length > 0 &&
    all.every(([name, value]) => isXattrName(name) && typeof value === "string" && isXattrValue(value));
}

/** Whether `attributes`, all of them well formed, take at most {@link MAX_ATTRIBUTE_BYTES}. */
export function isWithinLimit(attributes: Attributes): boolean {
  return attributeBytes(attributes) <= MAX_ATTRIBUTE_BYTES;
}

/** Returns the maximum number of bytes that the attributes of an entry take as records of an archive. */
export function attributeBytes({ acl, defaultAcl, xattrs }: Attributes): number {
  let bytes = 0;
  for (const text of [acl, defaultAcl]) if (text !== undefined) bytes += RECORD + text.length;
  if (xattrs === undefined) return bytes;
  for (const [name, value] of Object.entries(xattrs)) {
    bytes += RECORD + bytesOf(xattrKeyword(name)) + base64Bytes(value);
  }
  return bytes;
}

/** Returns a name as it is written in the key of a record, which ends at the first `=`: as GNU tar does. */
export function xattrKeyword(name: string): string {
  return name.replaceAll("%", "%25").replaceAll("=", "%3D");
}

/** Returns the name from the key of a record: the inverse of {@link xattrKeyword}. */
export function xattrNameOf(keyword: string): string {
  return keyword.replaceAll("%3D", "=").replaceAll("%25", "%");
}

/** Returns only the attributes of an entry. */
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

/** Returns the number of bytes that canonical base64 represents. */
function base64Bytes(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return text.length / 4 * 3 - padding;
}
