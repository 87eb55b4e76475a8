import { release } from "../buffers/release.ts";
import { TextBytes } from "../buffers/text_bytes.ts";
import type { Compression } from "../model/compression.ts";
import type { Entry } from "../model/entry.ts";
import { encodeIndexLine } from "../model/index.ts";
import { lineCompressor } from "./line_compressor.ts";

/** Status of an entry of a volume. */
export const EntryStatus = {
  /** It could not be read, which was reported. */
  LOST: 0,
  /** It is in the volume as the walk found it. */
  STORED: 1,
  /** It is in the volume, but changed after the walk, or was cut or padded. */
  CHANGED: 2,
} as const;

/** Content of a volume, as its thread has recorded it. */
export interface VolumeContents {
  /** Number of entries in it. */
  readonly entries: number;
  /** Size of the content of its files in bytes. */
  readonly bytes: number;
  /** Size of the archive in bytes. */
  readonly plain: number;
  /** Status of each entry of the order: see {@linkcode EntryStatus}. */
  readonly statuses: Uint8Array;
  /**
   * Entries with the status {@linkcode EntryStatus.CHANGED} as they are in the volume, by their position in
   * the order.
   */
  readonly changed: ReadonlyMap<number, Entry>;
  /** Compressed index lines; empty if the volume has no entries. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Size of the lines in bytes before compression. */
  readonly linesPlain: number;
}

/** Part of the order that a summary needs. */
interface Ordered {
  readonly number: number;
  readonly entries: { readonly count: number };
  readonly compression: Compression;
}

/** Records the content of a volume while it is created. */
export class VolumeSummary {
  readonly #order: Ordered;
  readonly #statuses: Uint8Array;
  readonly #changed = new Map<number, Entry>();
  readonly #lines = new TextBytes();
  #entries = 0;
  #bytes = 0;
  #plain = 0;

  constructor(order: Ordered) {
    this.#order = order;
    this.#statuses = new Uint8Array(order.entries.count);
  }

  /** Number of entries so far. */
  get entries(): number {
    return this.#entries;
  }

  /** Counts a block of the archive. */
  addBlock(bytes: number): void {
    this.#plain += bytes;
  }

  /** Adds an entry that is in the volume, by its position in the order. */
  add(at: number, entry: Entry, isUnchanged: boolean): void {
    this.#statuses[at] = isUnchanged ? EntryStatus.STORED : EntryStatus.CHANGED;
    if (!isUnchanged) this.#changed.set(at, entry);
    this.#lines.add(encodeIndexLine(this.#order.number, entry));
    this.#entries += 1;
    this.#bytes += entry.size;
  }

  /** Returns everything that was recorded. Call it once: the memory of the lines is released. */
  take(): VolumeContents {
    const text = this.#lines.take();
    const linesPlain = text.length;
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      plain: this.#plain,
      statuses: this.#statuses,
      changed: this.#changed,
      lines: linesPlain === 0 ? text : this.#compressed(text),
      linesPlain,
    };
  }

  /** Returns the compressed lines in a buffer of exactly their size, and releases all other buffers. */
  #compressed(lines: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const made = lineCompressor(this.#order.compression)(lines);
    const bytes = new Uint8Array(made);
    if (made !== lines) release(new Uint8Array(made.buffer));
    release(lines);
    return bytes;
  }
}
