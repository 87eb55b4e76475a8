import { sizeInArchive } from "../archive/header.ts";
import { MAX_PACK_BYTES } from "../model/pack.ts";
import type { SourceEntry } from "../source/walk.ts";
import { type SourcePack, SourcePacker } from "./source_pack.ts";

/**
 * Returns the maximum of plain bytes of a volume, so that its message fits into one part even if nothing can
 * be compressed. The reserved 64th is for frames, packets and the session key of each recipient.
 */
export function volumeBytes(partSize: number): number {
  return partSize - Math.ceil(partSize / 64);
}

/**
 * Maximum number of entries of a volume: the memory for one must not grow with the number of empty files.
 */
const MAX_ENTRIES = 3_000;

/**
 * Maximum number of bytes of their entries in memory. No entry takes more than the rest of what a reader
 * allows.
 */
const MAX_BATCH_BYTES = MAX_PACK_BYTES / 2;

/** Cuts entries into batches of at most `limit` bytes of archive; an entry that is larger has a batch of its own. */
export class Batcher {
  readonly #limit: number;
  #batch = new SourcePacker();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds an entry. Returns the previous batch, if it is full. */
  add(entry: SourceEntry): SourcePack | undefined {
    const size = sizeInArchive(entry);
    const isFull = this.#batch.count === MAX_ENTRIES || this.#batch.bytes > MAX_BATCH_BYTES ||
      this.#bytes + size > this.#limit;
    const full = isFull ? this.end() : undefined;
    this.#batch.add(entry);
    this.#bytes += size;
    return full;
  }

  /** Returns the batch that was begun, if there is one. */
  end(): SourcePack | undefined {
    if (this.#batch.count === 0) return undefined;
    const batch = this.#batch.packed();
    this.#batch = new SourcePacker();
    this.#bytes = 0;
    return batch;
  }
}

/** Splits the entries of a walk into batches: see {@link Batcher}. Undefined is passed on. */
export function* batches<T extends SourceEntry | undefined>(
  entries: Iterable<T>,
  limit: number,
): Generator<SourcePack | Extract<T, undefined>> {
  const batcher = new Batcher(limit);
  for (const entry of entries) {
    const full = entry === undefined ? undefined : batcher.add(entry);
    if (entry === undefined) yield entry as Extract<T, undefined>;
    else if (full !== undefined) yield full;
  }
  const last = batcher.end();
  if (last !== undefined) yield last;
}

/** Yields items with their numbers, from `first` on. */
export function* numbered<T>(items: Iterable<T>, first: number): Generator<[number: number, item: T]> {
  let number = first;
  for (const item of items) yield [number++, item];
}

/** Number of characters of index text that are compressed at a time. */
const TEXT_BLOCK = 1024 * 1024;

/** Joins lines to blocks of text. */
export function* blocks(lines: Iterable<string>): Generator<string> {
  let block = "";
  for (const line of lines) {
    block += line;
    if (block.length < TEXT_BLOCK) continue;
    yield block;
    block = "";
  }
  if (block !== "") yield block;
}
