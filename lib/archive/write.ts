import { attributesOnly, hasAttributes } from "../model/attributes.ts";
import type { Entry } from "../model/entry.ts";
import { borrow, giveBack } from "../buffers/scratch.ts";
import { headerOf } from "./header.ts";
import { ARCHIVE_END, BLOCK, padded } from "./layout.ts";

/** Open file, whose content has exactly the size in its entry. */
export interface Content {
  /** Entry as it is archived. */
  readonly entry: Entry;
  /**
   * Reads the next bytes into the beginning of `into` and returns their number: 0 only at the end of the size
   * in the entry.
   */
  read(into: Uint8Array): number;
  close(): void;
}

/** Options of {@link archive}. */
export interface ArchiveOptions<M extends Entry> {
  /**
   * Opens a file. With undefined, the file is left out. With `busy`, an empty block is yielded, and then the
   * file is opened again.
   */
  open(entry: M): Content | "busy" | undefined;
  /**
   * Called for each entry in the archive, in order: with the archived entry and the one that it was made
   * from.
   */
  done(archived: Entry, from: M): void;
  /** Block size in bytes, a multiple of 512. */
  readonly blockSize?: number;
}

/**
 * Default block size in bytes. Blocks are compressed one by one: with half the size, real trees take 3 % more
 * space; with twice the size, compression is slower.
 */
export const BLOCK_SIZE = 2 * 1024 * 1024;

/**
 * Yields a tar archive of `entries`, in blocks of `blockSize` bytes except for the last. Every block is the
 * same buffer, valid until the next one is requested: content is read directly into it. An empty block means
 * that a file is busy. To cancel, stop the iteration, which closes the open file.
 *
 * ```ts
 * import { archive } from "./write.ts";
 * import assert from "assert";
 * const etc = { path: "etc", type: "directory", size: 0, mode: 0o755, uid: 0, gid: 0, user: "root", group: "root", mtime: 0 } as const;
 * const [block] = archive([etc], { open: () => undefined, done: () => {} });
 * assert.equal(block!.length, 512 + 1024);
 * ```
 */
export function* archive<M extends Entry>(
  entries: Iterable<M>,
  how: ArchiveOptions<M>,
): Generator<Uint8Array<ArrayBuffer>> {
  using output = new BlockOutput(how.blockSize ?? BLOCK_SIZE);
  for (const entry of entries) {
    if (entry.type === "file") {
      let content = how.open(entry);
      for (; content === "busy"; content = how.open(entry)) yield new Uint8Array(0);
      if (content === undefined) continue;
      if (!output.smallFile(content)) yield* output.file(content);
      how.done(content.entry, entry);
    } else {
      const header = headerOf(entry);
      if (!output.smallPiece(header)) yield* output.bytes(header);
      how.done(plain(entry), entry);
    }
  }
  yield* output.bytes(new Uint8Array(ARCHIVE_END));
  yield* output.rest();
}

/**
 * Block of an archive that is being filled. An archive consists of whole blocks of 512 bytes, and so does this. Its generators
 * yield the same buffer each time; it is valid until the next one.
 */
export class BlockOutput implements Disposable {
  readonly #block: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(size: number) {
    if (size <= 0 || size % BLOCK !== 0) throw new RangeError(`A block cannot have ${size} bytes`);
    this.#block = borrow(size);
  }

  [Symbol.dispose](): void {
    giveBack(this.#block);
  }

  /** Takes bytes. */
  *bytes(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
    // Another archive may be written before the next block is requested, and reuse the buffer of the header.
    let rest = bytes.length < this.#room ? bytes : bytes.slice();
    while (rest.length > 0) {
      const part = rest.subarray(0, this.#room);
      this.#block.set(part, this.#at);
      rest = rest.subarray(part.length);
      yield* this.#advance(part.length);
    }
  }

  /** Writes a header and content, and closes the content. */
  *file(content: Content): Generator<Uint8Array<ArrayBuffer>> {
    try {
      const { size } = content.entry;
      yield* this.bytes(headerOf(content.entry));
      for (let left = size; left > 0;) {
        const read = this.#read(content, left);
        left -= read;
        yield* this.#advance(read);
      }
      yield* this.#advance(this.#pad(size));
    } finally {
      content.close();
    }
  }

  /**
   * Takes bytes if the block has room for more than them. Returns whether it has. For most entries this saves the
   * generators, which take as long as the header.
   */
  smallPiece(bytes: Uint8Array): boolean {
    if (bytes.length >= this.#room) return false;
    this.#block.set(bytes, this.#at);
    this.#at += bytes.length;
    return true;
  }

  /** Writes and closes a file like {@linkcode file} if the block has room for more than it. Returns whether it has. */
  smallFile(content: Content): boolean {
    const { size } = content.entry;
    const header = headerOf(content.entry);
    if (header.length + padded(size) >= this.#room) return false;
    try {
      this.smallPiece(header);
      for (let left = size; left > 0;) {
        const read = this.#read(content, left);
        left -= read;
        this.#at += read;
      }
      this.#at += this.#pad(size);
    } finally {
      content.close();
    }
    return true;
  }

  /** Reads at most `count` bytes into the block, and returns their number. */
  #read(content: Content, count: number): number {
    const read = content.read(this.#block.subarray(this.#at, this.#at + Math.min(count, this.#room)));
    if (read === 0) throw new Error(`The content of "${content.entry.path}" ended early`);
    return read;
  }

  /** Writes the padding after content of `size` bytes, and returns its length. */
  #pad(size: number): number {
    const padding = padded(size) - size;
    this.#block.fill(0, this.#at, this.#at + padding);
    return padding;
  }

  /** Gives what is left at the end. */
  *rest(): Generator<Uint8Array<ArrayBuffer>> {
    if (this.#at > 0) yield this.#block.subarray(0, this.#at);
  }

  get #room(): number {
    return this.#block.length - this.#at;
  }

  *#advance(bytes: number): Generator<Uint8Array<ArrayBuffer>> {
    this.#at += bytes;
    if (this.#at < this.#block.length) return;
    yield this.#block;
    this.#at = 0;
  }
}

/** Returns only the properties of an entry, without further ones of the source. */
function plain(entry: Entry): Entry {
  const { path, type, size, mode, uid, gid, user, group, mtime, link, device } = entry;
  const common = { path, type, size, mode, uid, gid, user, group, mtime };
  return {
    ...common,
    ...(link === undefined ? {} : { link }),
    ...(device === undefined ? {} : { device }),
    ...(hasAttributes(entry) ? attributesOnly(entry) : {}),
  };
}
