// The attributes of an entry as pax records, as star, GNU tar (--xattrs --acls) and libarchive write and read them.
import { isAcl } from "../model/acl.ts";
import {
  type Attributes,
  hasAttributes,
  isWithinLimit,
  isXattrName,
  isXattrs,
  xattrKeyword,
  xattrNameOf,
  type Xattrs,
} from "../model/attributes.ts";
import { Damage } from "../model/failure.ts";
import { encodeRecord, wholeLength, XATTR } from "./pax.ts";

const ACL = "SCHILY.acl.access";
const DEFAULT_ACL = "SCHILY.acl.default";

const encoder = new TextEncoder();
const NEWLINE = new Uint8Array([0x0a]);

/** Whether a record contains an attribute. */
export function isAttributeKey(key: string): boolean {
  return key === ACL || key === DEFAULT_ACL || key.startsWith(XATTR);
}

/** Yields the records of the attributes of an entry, in pieces; none for most entries. */
export function* attributeRecords({ acl, defaultAcl, xattrs }: Attributes): Generator<Uint8Array> {
  if (acl !== undefined) yield encoder.encode(encodeRecord(ACL, acl));
  if (defaultAcl !== undefined) yield encoder.encode(encodeRecord(DEFAULT_ACL, defaultAcl));
  for (const [name, value] of Object.entries(xattrs ?? {})) yield* xattrRecord(name, value);
}

/** Returns the size of these records in bytes. */
export function attributeRecordsLength(attributes: Attributes): number {
  if (!hasAttributes(attributes)) return 0;
  let length = 0;
  for (const piece of attributeRecords(attributes)) length += piece.length;
  return length;
}

function* xattrRecord(name: string, base64: string): Generator<Uint8Array> {
  const value = Uint8Array.fromBase64(base64);
  const head = encoder.encode(` ${XATTR}${xattrKeyword(name)}=`);
  yield encoder.encode(String(wholeLength(head.length + value.length + NEWLINE.length)));
  yield head;
  yield value;
  yield NEWLINE;
}

/**
 * Returns the attributes in records.
 *
 * @throws {Damage} if one of them cannot be restored.
 */
export function attributesOf(records: ReadonlyMap<string, string>): Attributes {
  const [acl, defaultAcl, xattrs] = [aclOf(records, ACL), aclOf(records, DEFAULT_ACL), xattrsOf(records)];
  const attributes = {
    ...(acl === undefined ? {} : { acl }),
    ...(defaultAcl === undefined ? {} : { defaultAcl }),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
  if (!isWithinLimit(attributes)) throw new Damage("An entry of the archive has too many attributes");
  return attributes;
}

function aclOf(records: ReadonlyMap<string, string>, key: string): string | undefined {
  const acl = records.get(key);
  if (acl === undefined || isAcl(acl)) return acl;
  throw new Damage("The archive has an ACL that is not of the form that is read");
}

function xattrsOf(records: ReadonlyMap<string, string>): Xattrs | undefined {
  const xattrs: Record<string, string> = {};
  for (const [key, value] of records) {
    if (!key.startsWith(XATTR)) continue;
    const name = xattrNameOf(key.slice(XATTR.length));
    if (!isXattrName(name) || name in xattrs) {
      throw new Damage(
        `The archive has an extended attribute that cannot be restored: "${name.slice(0, 255)}"`,
      );
    }
    xattrs[name] = value;
  }
  if (Object.keys(xattrs).length === 0) return undefined;
  if (isXattrs(xattrs)) return xattrs;
  throw new Damage("The archive has an extended attribute whose value is too long");
}
