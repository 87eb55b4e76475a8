import { Buffer } from "node:buffer";
import { aclText, modeWithoutAcl } from "../model/acl.ts";
import {
  attributeBytes,
  type Attributes,
  isXattrName,
  MAX_ATTRIBUTE_BYTES,
  MAX_XATTR_VALUE,
} from "../model/attributes.ts";
import { printable } from "../model/printable.ts";
import { type PrintedAttribute, Unintelligible } from "./getfattr.ts";

/** Attributes of a file that are stored, and a description of those that are not. */
export interface StoredAttributes {
  readonly attributes: Attributes;
  /** Descriptions of attributes that should be stored but cannot be. */
  readonly lacks: readonly string[];
  /** Names of attributes that are never stored, because the file system keeps the data in another way. */
  readonly foreign: readonly string[];
  /**
   * Returns the mode to store for the mode that `stat` shows: only bits that grant no user more than the ACL
   * does.
   */
  safeMode(mode: number): number;
}

/** Name of the attribute that contains the access ACL. */
export const ACCESS_ACL = "system.posix_acl_access";
const DEFAULT_ACL = "system.posix_acl_default";

/**
 * Attributes that are never stored. The kernel computes `security.evm` from the inode and a key of the
 * machine: on another machine it would prevent opening the file.
 */
const NEVER: ReadonlySet<string> = new Set(["security.evm"]);

/** Bits of a mode that do not concern the group and others. */
const OWNER_ALONE = 0o7700;

/** Namespaces of attributes that are stored. */
const NAMESPACE = /^(?:user|trusted|security)\./;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Selects the attributes of a file that are stored: see "Extended attributes" in docs/FORMAT.md.
 *
 * @param isAclUnknown Whether there may be an access ACL that was not printed.
 * @throws {Unintelligible} if a value is not base64, or a name occurs twice.
 */
export function storedAttributes(
  printed: readonly PrintedAttribute[],
  isAclUnknown: boolean,
): StoredAttributes {
  const choice = new Choice(isAclUnknown);
  if (new Set(printed.map(({ name }) => name)).size < printed.length) {
    throw new Unintelligible("it printed an attribute twice");
  }
  for (const attribute of printed) choice.take(attribute);
  return choice;
}

class Choice implements StoredAttributes {
  readonly lacks: string[] = [];
  readonly foreign: string[] = [];
  #acls: Attributes = {};
  readonly #xattrs: Record<string, string> = {};
  #bytes = 0;
  /** Access ACL, stored or not; null for one in an unknown form. */
  #access: string | null | undefined;

  constructor(isAclUnknown: boolean) {
    if (isAclUnknown) this.#access = null;
  }

  get attributes(): Attributes {
    const hasXattrs = Object.keys(this.#xattrs).length > 0;
    return { ...this.#acls, ...(hasXattrs ? { xattrs: this.#xattrs } : {}) };
  }

  safeMode(mode: number): number {
    if (this.#access === null) return mode & OWNER_ALONE;
    return this.#access === undefined ? mode : mode & modeWithoutAcl(mode, this.#access);
  }

  take({ name, value }: PrintedAttribute): void {
    if (NEVER.has(name)) return;
    if (name === ACCESS_ACL) this.#takeAcl(value);
    else if (name === DEFAULT_ACL) this.#takeDefaultAcl(value);
    else if (NAMESPACE.test(name)) this.#takeXattr(name, value);
    else this.foreign.push(printable(name));
  }

  #takeAcl(value: string): void {
    const acl = aclText(bytesOf(value));
    this.#access = acl ?? null;
    if (acl === undefined) this.lacks.push(`its ACL: ${NO_ACL}`);
    else this.#add("its ACL", { acl });
  }

  #takeDefaultAcl(value: string): void {
    const defaultAcl = aclText(bytesOf(value));
    if (defaultAcl === undefined) this.lacks.push(`its default ACL: ${NO_ACL}`);
    else this.#add("its default ACL", { defaultAcl });
  }

  #takeXattr(raw: string, value: string): void {
    const name = decoded(raw);
    const what = `its extended attribute "${printable(name ?? raw)}"`;
    if (name === undefined) this.lacks.push(`${what}: the name is not UTF-8`);
    else if (!isXattrName(name)) this.lacks.push(`${what}: the name is too long`);
    else if (bytesOf(value).length > MAX_XATTR_VALUE) {
      this.lacks.push(`${what}: it has more than ${MAX_XATTR_VALUE} bytes`);
    } else this.#add(what, { xattrs: { [name]: value } });
  }

  /**
   * Adds an attribute if the limit of bytes allows it. Files can have thousands of attributes, so each is
   * processed once.
   */
  #add(what: string, more: Attributes): void {
    const { xattrs, ...acls } = more;
    const bytes = this.#bytes + attributeBytes(more);
    if (bytes > MAX_ATTRIBUTE_BYTES) {
      this.lacks.push(`${what}: with it the attributes have more than ${MAX_ATTRIBUTE_BYTES / 1024} KiB`);
      return;
    }
    this.#bytes = bytes;
    this.#acls = { ...this.#acls, ...acls };
    Object.assign(this.#xattrs, xattrs);
  }
}

const NO_ACL = "it is of another form than POSIX ACLs";

function decoded(name: string): string | undefined {
  try {
    return decoder.decode(Buffer.from(name, "latin1"));
  } catch {
    return undefined;
  }
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
  } catch {
    throw new Unintelligible("it printed a value that is no base64");
  }
}
