import type { Attributes } from "./attributes.ts";
import type { Device, Entry, EntryType } from "./entry.ts";
import { Numbers } from "../buffers/numbers.ts";
import { TextBytes, TextReader } from "../buffers/text_bytes.ts";

/**
 * Entries, put close together. Those of a volume wait for its thread, are posted there, and are needed once more when it is
 * done. As objects they would be most of what a backup or a restore of small files has in memory.
 */
export interface Pack {
  /** How many. */
  readonly count: number;
  /** Their numbers, and the lengths of their texts. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Their texts, one behind the other, in UTF-8. */
  readonly texts: Uint8Array<ArrayBuffer>;
}

/** Stands in a pack for a line that is not well formed. Whatever the volume has in its place is passed over. */
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

/** Bytes that the entries of one volume take at most: a reader has several volumes in memory at a time. */
export const MAX_PACK_BYTES = 16 * 1024 * 1024;

const TYPES: readonly EntryType[] = ["file", "directory", "symlink", "hardlink", "fifo", "char", "block"];

/** The number of a type has the length of the text of what few entries have above it. */
const TYPE_ROOM = 8;

/** What few entries have. */
type Rest = Attributes & Pick<Entry, "sparse">;

function restText({ sparse, acl, defaultAcl, xattrs }: Rest): string {
  const isNone = sparse === undefined && acl === undefined && defaultAcl === undefined &&
    xattrs === undefined;
  return isNone ? "" : JSON.stringify({ sparse, acl, defaultAcl, xattrs });
}

/** What stands for a number that is not there: those of links and devices are never below zero. */
const NONE = -1;

/** Returns the buffers to transfer with a pack. */
export function buffersOf({ numbers, texts }: Pack): ArrayBuffer[] {
  return [numbers.buffer, texts.buffer];
}

/** Puts entries into a pack. */
export class Packer {
  readonly #texts = new TextBytes();
  readonly #numbers = new Numbers();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#numbers.bytes + this.#texts.length;
  }

  add(entry: Entry): void {
    const { path, type, size, mode, uid, gid, user, group, mtime, link, device } = entry;
    const rest = restText(entry);
    this.#numbers.add(TYPES.indexOf(type) + TYPE_ROOM * rest.length, size, mode, uid, gid, mtime);
    this.#numbers.add(device?.major ?? NONE, device?.minor ?? NONE);
    this.#numbers.add(path.length, user.length, group.length, link?.length ?? NONE);
    this.#texts.add(`${path}${user}${group}${link ?? ""}${rest}`);
    this.#count += 1;
  }

  /** All of them. It ends the use of this object. */
  packed(): Pack {
    return { count: this.#count, numbers: this.#numbers.take(), texts: this.#texts.take() };
  }
}

/**
 * Takes them out again, in order and each as it was.
 *
 * @param marks a 1 for each that is wanted; all of them where it is not given.
 */
export function* unpacked(pack: Pack, marks?: Uint8Array): Generator<Entry> {
  const unpacker = new Unpacker(pack);
  for (let at = 0; at < pack.count; at += 1) {
    const entry = unpacker.next();
    if (marks === undefined || marks[at] === 1) yield entry;
  }
}

class Unpacker {
  readonly #numbers: Float64Array;
  readonly #texts: TextReader;
  #at = 0;

  constructor({ numbers, texts }: Pack) {
    this.#numbers = numbers;
    this.#texts = new TextReader(texts);
  }

  /** In the order of {@link Packer.add}. */
  next(): Entry {
    const kind = this.#next();
    const numbers = {
      type: TYPES[kind % TYPE_ROOM]!,
      size: this.#next(),
      mode: this.#next(),
      uid: this.#next(),
      gid: this.#next(),
      mtime: this.#next(),
    };
    const device = this.#device();
    const path = this.#texts.take(this.#next());
    const user = this.#texts.take(this.#next());
    const group = this.#texts.take(this.#next());
    const link = this.#next();
    return {
      path,
      ...numbers,
      user,
      group,
      ...(link === NONE ? {} : { link: this.#texts.take(link) }),
      ...(device === undefined ? {} : { device }),
      ...(kind < TYPE_ROOM ? {} : this.#rest(Math.floor(kind / TYPE_ROOM))),
    };
  }

  #device(): Device | undefined {
    const [major, minor] = [this.#next(), this.#next()];
    return major === NONE ? undefined : { major, minor };
  }

  #rest(length: number): Rest {
    return JSON.parse(this.#texts.take(length));
  }

  #next(): number {
    return this.#numbers[this.#at++]!;
  }
}
