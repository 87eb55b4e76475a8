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
  /** Attributes that cannot be stored although they should be, in words. */
  readonly lacks: readonly string[];
  /** Names of attributes that are never stored and that the file system keeps otherwise. */
  readonly foreign: readonly string[];
  /** Returns the mode to store for the one that `stat` shows: of its bits those that grant no user more without the ACL. */
  safeMode(mode: number): number;
}

/** The attribute that is the access ACL. */
export const ACCESS_ACL = "system.posix_acl_access";
const DEFAULT_ACL = "system.posix_acl_default";

/** Made by the kernel from the inode and a key of the machine: elsewhere it would keep the file from being opened. */
const NEVER: ReadonlySet<string> = new Set(["security.evm"]);

/** The bits of a mode that say nothing of the group and of others. */
const OWNER_ALONE = 0o7700;

/** The namespaces of what is stored. */
const NAMESPACE = /^(?:user|trusted|security)\./;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Chooses what is stored of the attributes of a file: see "Extended attributes" in docs/FORMAT.md.
 *
 * @param isAclUnknown whether there may be an access ACL that was not printed.
 * @throws {Unintelligible} if a value is no base64, or a name comes twice.
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
  /** The access ACL, stored or not; null for one that is of another form. */
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

  /** Adds an attribute where there is room for it. Files can have thousands: none is looked at twice. */
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
