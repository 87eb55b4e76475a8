import type { Attributes } from "./attributes.ts";
import type { Device, Entry, EntryType } from "./entry.ts";
import { Numbers } from "../buffers/numbers.ts";
import { TextBytes, TextReader } from "../buffers/text_bytes.ts";

/**
 * Entries in a compact form. The entries of a volume wait for its thread, are posted there, and are needed
 * again when it is done. As objects, they would take most of the memory of a backup or a restore of small
 * files.
 */
export interface Pack {
  /** Number of entries. */
  readonly count: number;
  /** Numbers of the entries, and the lengths of their texts. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Texts of the entries, concatenated, in UTF-8. */
  readonly texts: Uint8Array<ArrayBuffer>;
}

/** Placeholder in a pack for a malformed line. Whatever the volume contains in its place is skipped. */
export const NO_ENTRY: Entry = {
  path: "",
  type: "file",
  size: 0,
  mode: 0,
  uid: 0,
  gid: 0,
  user: "",
  group: "",
  mtime: 0,
};

/**
 * Maximum number of bytes of the entries of one volume. A reader has several volumes in memory at a time.
 */
export const MAX_PACK_BYTES = 16 * 1024 * 1024;

const TYPES: readonly EntryType[] = ["file", "directory", "symlink", "hardlink", "fifo", "char", "block"];

/**
 * Factors for a number that contains three: the type of an entry, whether it has a SHA-256, and above both the length
 * of the text of rare properties.
 */
const [TYPE_ROOM, KIND_ROOM] = [8, 16];

/** Characters of a SHA-256. */
const SHA256_LENGTH = 64;

/** Rare properties of entries. */
type Rest = Attributes & Pick<Entry, "sparse">;

function restText({ sparse, acl, defaultAcl, xattrs }: Rest): string {
  const isNone = sparse === undefined && acl === undefined && defaultAcl === undefined &&
    xattrs === undefined;
  return isNone ? "" : JSON.stringify({ sparse, acl, defaultAcl, xattrs });
}

/** Placeholder for a missing number: numbers of links and devices are never negative. */
const NONE = -1;

/** Returns the buffers to transfer with a pack. */
export function buffersOf({ numbers, texts }: Pack): ArrayBuffer[] {
  return [numbers.buffer, texts.buffer];
}

/** Collects entries into a pack. */
export class Packer {
  readonly #texts = new TextBytes();
  readonly #numbers = new Numbers();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Size in bytes so far. */
  get bytes(): number {
    return this.#numbers.bytes + this.#texts.length;
  }

  add(entry: Entry): void {
    const { path, type, size, mode, uid, gid, user, group, mtime, link, device, sha256 } = entry;
    const rest = restText(entry);
    const kind = TYPES.indexOf(type) + (sha256 === undefined ? 0 : TYPE_ROOM) + KIND_ROOM * rest.length;
    this.#numbers.add(kind, size, mode, uid, gid, mtime);
    this.#numbers.add(device?.major ?? NONE, device?.minor ?? NONE);
    this.#numbers.add(path.length, user.length, group.length, link?.length ?? NONE);
    this.#texts.add(`${path}${user}${group}${link ?? ""}${sha256 ?? ""}${rest}`);
    this.#count += 1;
  }

  /** Returns the pack of all entries. The packer cannot be used afterwards. */
  packed(): Pack {
    return { count: this.#count, numbers: this.#numbers.take(), texts: this.#texts.take() };
  }
}

/**
 * Yields the entries of a pack, in order and unchanged.
 *
 * @param marks Array with a 1 for each entry that is wanted. Default: all of them.
 */
export function* unpacked(pack: Pack, marks?: Uint8Array): Generator<Unpacked> {
  const unpacker = new Unpacker(pack);
  for (let at = 0; at < pack.count; at += 1) {
    const entry = unpacker.next();
    if (marks === undefined || marks[at] === 1) yield entry;
  }
}

/** Entry of a pack: a new object, which belongs to the caller. */
type Unpacked = { -readonly [Key in keyof Entry]: Entry[Key] };

class Unpacker {
  readonly #numbers: Float64Array;
  readonly #texts: TextReader;
  #at = 0;
  /** Names in the last entry: nearly all entries of a tree have the same. */
  #user = "";
  #group = "";

  constructor({ numbers, texts }: Pack) {
    this.#numbers = numbers;
    this.#texts = new TextReader(texts);
  }

  /** Returns the next entry. Its parts are read in the order of {@link Packer.add}. */
  next(): Unpacked {
    const kind = this.#next();
    const size = this.#next();
    const mode = this.#next();
    const uid = this.#next();
    const gid = this.#next();
    const mtime = this.#next();
    const device = this.#device();
    const path = this.#texts.take(this.#next());
    const user = this.#user = this.#texts.take(this.#next(), this.#user);
    const group = this.#group = this.#texts.take(this.#next(), this.#group);
    const link = this.#next();
    const entry: Unpacked = {
      path,
      type: TYPES[kind % TYPE_ROOM]!,
      size,
      mode,
      uid,
      gid,
      user,
      group,
      mtime,
    };
    if (link !== NONE) entry.link = this.#texts.take(link);
    if (device !== undefined) entry.device = device;
    if (kind % KIND_ROOM >= TYPE_ROOM) entry.sha256 = this.#texts.take(SHA256_LENGTH);
    if (kind >= KIND_ROOM) Object.assign(entry, this.#rest(Math.floor(kind / KIND_ROOM)));
    return entry;
  }

  #device(): Device | undefined {
    const major = this.#next();
    const minor = this.#next();
    return major === NONE ? undefined : { major, minor };
  }

  #rest(length: number): Rest {
    return JSON.parse(this.#texts.take(length));
  }

  #next(): number {
    return this.#numbers[this.#at++]!;
  }
}
