import { attributesOnly, hasAttributes } from "../model/attributes.ts";
import type { Entry } from "../model/entry.ts";
import { borrow, giveBack } from "../buffers/scratch.ts";
import { headerOf } from "./header.ts";
import { ARCHIVE_END, BLOCK, padded } from "./layout.ts";

/** The content of a file, of exactly the size that its entry promises. */
export interface Content {
  /** The file as it is archived. */
  readonly entry: Entry;
  /** Puts the next bytes at the beginning of `into` and returns their number: 0 only at the end of the promised size. */
  read(into: Uint8Array): number;
  close(): void;
}

/** How to archive. */
export interface ArchiveOptions<M extends Entry> {
  /** Opens a file; undefined leaves it out, and `busy` has an empty block given and then asks again. */
  open(entry: M): Content | "busy" | undefined;
  /** Called for each entry in the archive, in order: as it was archived, and what it was made from. */
  done(archived: Entry, from: M): void;
  /** Bytes in a block, a multiple of 512. */
  readonly blockSize?: number;
}

/**
 * Bytes in a block unless said otherwise. Blocks are compressed one by one: with half as much in each, real trees take
 * three hundredths more; with twice as much, compression is slower.
 */
export const BLOCK_SIZE = 2 * 1024 * 1024;

/**
 * A tar archive of `entries`, in blocks of `blockSize` bytes but for the last. Every block is the same buffer, valid
 * until the next one is asked for: content is read straight into it. An empty block says that a file is busy. Stop
 * iterating to cancel, which closes the content that is open.
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
  using output = new Output(how.blockSize ?? BLOCK_SIZE);
  for (const entry of entries) {
    if (entry.type === "file") {
      let content = how.open(entry);
      for (; content === "busy"; content = how.open(entry)) yield new Uint8Array(0);
      if (content === undefined) continue;
      yield* output.file(content);
      how.done(content.entry, entry);
    } else {
      yield* output.bytes(headerOf(entry));
      how.done(plain(entry), entry);
    }
  }
  yield* output.bytes(new Uint8Array(ARCHIVE_END));
  yield* output.rest();
}

/** The block that is being filled. Everything in an archive is whole blocks of 512 bytes, and so is this. */
class Output implements Disposable {
  readonly #block: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(size: number) {
    if (size <= 0 || size % BLOCK !== 0) throw new RangeError(`A block cannot have ${size} bytes`);
    this.#block = borrow(size);
  }

  [Symbol.dispose](): void {
    giveBack(this.#block);
  }

  *bytes(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
    // Another archive may be written before the next block is asked for, and take the buffer of the header.
    let rest = bytes.length < this.#room ? bytes : bytes.slice();
    while (rest.length > 0) {
      const part = rest.subarray(0, this.#room);
      this.#block.set(part, this.#at);
      rest = rest.subarray(part.length);
      yield* this.#advance(part.length);
    }
  }

  /** A header and content; closes the content. */
  *file(content: Content): Generator<Uint8Array<ArrayBuffer>> {
    try {
      const { size } = content.entry;
      yield* this.bytes(headerOf(content.entry));
      for (let left = size; left > 0;) {
        const read = content.read(this.#block.subarray(this.#at, this.#at + Math.min(left, this.#room)));
        if (read === 0) throw new Error(`The content of "${content.entry.path}" ended early`);
        left -= read;
        yield* this.#advance(read);
      }
      const padding = padded(size) - size;
      this.#block.fill(0, this.#at, this.#at + padding);
      yield* this.#advance(padding);
    } finally {
      content.close();
    }
  }

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

/** The entry alone, without what else the source knows of it. */
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
