import type { Device, EntryType } from "../model/entry.ts";
import { TextBytes } from "../model/text_bytes.ts";
import { memberPath, type SourceEntry } from "../source/entry.ts";

/**
 * Entries of a walk, put close together. A batch of them waits for its thread, is posted there, and is needed once more
 * when its volume is stored. As objects they would be most of what a backup of small files has in memory.
 */
export interface Pack {
  /** How many. */
  readonly count: number;
  /** Their numbers, and the lengths of their texts. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Their texts, one behind the other, in UTF-8. */
  readonly texts: Uint8Array<ArrayBuffer>;
}

const TYPES: readonly EntryType[] = ["file", "directory", "symlink", "hardlink", "fifo", "char", "block"];

/** What stands for a number that is not there: those of links and devices are never below zero. */
const NONE = -1;

/** Numbers of an entry. */
const NUMBERS = 16;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What of a pack is transferred with it. */
export function buffersOf({ numbers, texts }: Pack): ArrayBuffer[] {
  return [numbers.buffer, texts.buffer];
}

/** Gives its memory back at once, and ends its use. */
export function releasePack(pack: Pack): void {
  for (const buffer of buffersOf(pack)) buffer.transfer(0);
}

/** Puts entries into a pack. */
export class Packer {
  readonly #texts = new TextBytes();
  #numbers = new Float64Array(1024 * NUMBERS);
  #at = 0;
  count = 0;

  add(entry: SourceEntry): void {
    const { type, size, mode, uid, gid, mtime, dev, ino, nlink, ctime } = entry;
    const { file, user, group, link, device } = entry;
    this.#push(TYPES.indexOf(type), size, mode, uid, gid, mtime, dev, ino, nlink, ctime);
    this.#push(device?.major ?? NONE, device?.minor ?? NONE);
    this.#push(file.length, user.length, group.length, link?.length ?? NONE);
    this.#texts.add(`${file}${user}${group}${link ?? ""}`);
    this.count += 1;
  }

  packed(): Pack {
    return {
      count: this.count,
      numbers: new Float64Array(this.#numbers.buffer.transfer(this.#at * Float64Array.BYTES_PER_ELEMENT)),
      texts: this.#texts.take(),
    };
  }

  #push(...numbers: number[]): void {
    if (this.#at + numbers.length > this.#numbers.length) {
      this.#numbers = new Float64Array(this.#numbers.buffer.transfer(this.#numbers.byteLength * 2));
    }
    for (const number of numbers) this.#numbers[this.#at++] = number;
  }
}

/** Takes them out again, in order and each as it was. */
export function* unpacked(pack: Pack): Generator<SourceEntry> {
  const unpacker = new Unpacker(pack);
  for (let left = pack.count; left > 0; left -= 1) yield unpacker.next();
}

class Unpacker {
  readonly #numbers: Float64Array;
  readonly #texts: string;
  #at = 0;
  #text = 0;

  constructor({ numbers, texts }: Pack) {
    this.#numbers = numbers;
    this.#texts = decoder.decode(texts);
  }

  /** In the order of {@link Packer.add}. */
  next(): SourceEntry {
    const numbers = {
      type: TYPES[this.#next()]!,
      size: this.#next(),
      mode: this.#next(),
      uid: this.#next(),
      gid: this.#next(),
      mtime: this.#next(),
      dev: this.#next(),
      ino: this.#next(),
      nlink: this.#next(),
      ctime: this.#next(),
    };
    const device = this.#device();
    const file = this.#take(this.#next());
    const [user, group] = [this.#take(this.#next()), this.#take(this.#next())];
    const link = this.#next();
    return {
      path: memberPath(file),
      ...numbers,
      user,
      group,
      file,
      ...(link === NONE ? {} : { link: this.#take(link) }),
      ...(device === undefined ? {} : { device }),
    };
  }

  #device(): Device | undefined {
    const [major, minor] = [this.#next(), this.#next()];
    return major === NONE ? undefined : { major, minor };
  }

  #next(): number {
    return this.#numbers[this.#at++]!;
  }

  #take(length: number): string {
    return this.#texts.slice(this.#text, this.#text += length);
  }
}
