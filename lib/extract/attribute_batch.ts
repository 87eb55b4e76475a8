import { aclBytes } from "../model/acl.ts";
import { type Attributes, hasAttributes } from "../model/attributes.ts";
import type { Entry } from "../model/entry.ts";
import { ACCESS_ACL, DEFAULT_ACL } from "./acl_attributes.ts";
import { countLoss, type Losses, type LossKind } from "./losses.ts";
import { type FileAttributes, setAttributesOf, type SetResult } from "./setfattr.ts";

/** Created entry with its owner and mode, and its absolute path. */
interface Made {
  readonly place: string;
  readonly entry: Entry;
}

type Values = FileAttributes["values"];
type ValuesOf = (attributes: Attributes) => Values;

/** Number of entries after which attributes are set. */
const MAX_ENTRIES = 2000;

/** Bytes of values after which attributes are set. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Kind of the loss if an attribute is refused, by the prefix of its name. */
const KINDS: readonly (readonly [prefix: string, kind: LossKind])[] = [
  ["security.capability", "capabilities"],
  ["security.", "security"],
  ["trusted.", "trusted"],
  ["user.", "user"],
];

const OWNER_WRITES = 0o200;

/**
 * Sets extended attributes, ACLs and capabilities of entries whose owners and modes are set already: chown(2)
 * clears capabilities, and chmod(2) would change the mask of an ACL. The mode of an entry with an ACL is set
 * without it first, so access is never wider than on the host, neither before the ACL is set nor if it cannot
 * be set.
 *
 * Every attribute is tried, and the kernel decides: `trusted` and `security` need root. Refused attributes
 * are counted.
 */
export class AttributeBatch {
  readonly #losses: Losses;
  #made: Made[] = [];
  #bytes = 0;

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  /** Adds an entry, unless it has no attributes. */
  add(place: string, entry: Entry): void {
    if (!hasAttributes(entry)) return;
    this.#made.push({ place, entry });
    this.#bytes += Object.values(entry.xattrs ?? {}).reduce((sum, value) => sum + value.length, 0);
  }

  /** Whether it is time to {@link flush}. */
  get isFull(): boolean {
    return this.#made.length >= MAX_ENTRIES || this.#bytes >= MAX_BYTES;
  }

  /** Sets the attributes of the entries that were added since the last call. */
  async flush(): Promise<void> {
    const made = this.#made;
    this.#made = [];
    this.#bytes = 0;
    await this.#setXattrs(made);
    await this.#set(made, aclsOf, "acls");
  }

  /** Sets extended attributes. Users other than root may set them only on files that they can write to. */
  async #setXattrs(made: readonly Made[]): Promise<void> {
    const closed = Deno.uid() === 0 ? [] : made.filter(isClosed);
    for (const { place, entry } of closed) setMode(place, entry.mode | OWNER_WRITES);
    const { ran, complete } = await trySetting(made, xattrsOf);
    if (!ran) this.#count("program", made.filter(({ entry }) => entry.xattrs !== undefined));
    else if (!complete) {
      for (const [, kind] of KINDS) await this.#set(made, (it) => xattrsOf(it).filter(isOf(kind)), kind);
    }
    for (const { place, entry } of closed) setMode(place, entry.mode);
  }

  async #set(made: readonly Made[], valuesOf: ValuesOf, kind: LossKind): Promise<void> {
    const { ran, refused } = await trySetting(made, valuesOf);
    if (ran) this.#count(kind, made.filter(({ place }) => refused.has(place)));
    else this.#count("program", made.filter(({ entry }) => valuesOf(entry).length > 0));
  }

  #count(kind: LossKind, made: readonly Made[]): void {
    for (const { entry } of made) countLoss(this.#losses, kind, entry.path);
  }
}

function trySetting(made: readonly Made[], valuesOf: ValuesOf): Promise<SetResult> {
  const files = made.map(({ place, entry }) => ({ place, values: valuesOf(entry) }));
  return setAttributesOf(files.filter(({ values }) => values.length > 0));
}

function xattrsOf({ xattrs = {} }: Attributes): Values {
  return Object.entries(xattrs);
}

function aclsOf({ acl, defaultAcl }: Attributes): Values {
  return [
    ...(acl === undefined ? [] : [[ACCESS_ACL, aclBytes(acl).toBase64()] as const]),
    ...(defaultAcl === undefined ? [] : [[DEFAULT_ACL, aclBytes(defaultAcl).toBase64()] as const]),
  ];
}

function isOf(kind: LossKind): (value: readonly [name: string, value: string]) => boolean {
  return ([name]) => KINDS.find(([prefix]) => name.startsWith(prefix))?.[1] === kind;
}

function isClosed({ entry: { type, mode, xattrs } }: Made): boolean {
  return xattrs !== undefined && type !== "symlink" && (mode & OWNER_WRITES) === 0;
}

/** Sets a mode. Errors are ignored: they show when the attributes are set. */
function setMode(place: string, mode: number): void {
  try {
    Deno.chmodSync(place, mode);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
  }
}
