import { archive } from "../archive/write.ts";
import type { Compression } from "../model/compression.ts";
import { type Entry, sameEntry } from "../model/entry.ts";
import { encodeIndexLine } from "../model/index.ts";
import type { Trouble } from "../model/trouble.ts";
import { compressor } from "../seal/compress.ts";
import type { SessionKey } from "../seal/message.ts";
import { type Part, seal } from "../seal/seal.ts";
import { openSource } from "../source/read.ts";
import type { SourceEntry } from "../source/walk.ts";
import type { Link } from "../threads/thread.ts";

/** One volume to be made. A plain object, so it can be posted to a thread. */
export interface VolumeOrder {
  /** From 1. */
  readonly number: number;
  /** What goes into it, in order. */
  readonly entries: readonly SourceEntry[];
  /** For this volume alone. */
  readonly session: SessionKey;
  readonly compression: Compression;
  readonly partSize: number;
}

/** What became of an entry. */
export const FATE = {
  /** It could not be had, which was told. */
  LOST: 0,
  /** It is in the volume as the walk found it. */
  STORED: 1,
  /** It is in the volume, but changed after the walk, or was cut or padded. */
  CHANGED: 2,
} as const;

/** What was made. */
export interface VolumeMade {
  readonly number: number;
  /** Entries in it. */
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** Bytes of the archive. */
  readonly plain: number;
  /** Its parts in order. */
  readonly parts: readonly { readonly size: number; readonly sha256: string }[];
  /** For each entry of the order what became of it: see {@link FATE}. */
  readonly fates: Uint8Array;
  /** The entries whose fate is {@link FATE.CHANGED} as they are in the volume, by their place in the order. */
  readonly changed: ReadonlyMap<number, Entry>;
  /** Its lines of the index, compressed; none where there are no entries. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Bytes of the lines before they were compressed. */
  readonly linesPlain: number;
}

/** What is asked for meanwhile: a buffer for the next part; and to take a part, in such a buffer. */
export type VolumeQuestion =
  | { readonly kind: "buffer" }
  | ({ readonly kind: "part"; readonly part: number } & Part);

/** What is told meanwhile. */
export type VolumeNews =
  | { readonly kind: "trouble"; readonly trouble: Trouble }
  | { readonly kind: "progress"; readonly entries: number; readonly bytes: number };

/**
 * Makes one volume: reads, archives, compresses, seals and hashes. Buffers for its parts come from whoever ordered it and
 * go back to him, so it is he who bounds how much is in memory.
 */
export async function makeVolume(
  order: VolumeOrder,
  link: Link<VolumeQuestion, VolumeNews>,
): Promise<VolumeMade> {
  const made = new Contents(order, link);
  const buffers = {
    take: () => link.ask({ kind: "buffer" }) as Promise<ArrayBuffer>,
    give: () => {}, // an order that fails ends the run
  };
  const parts: { size: number; sha256: string }[] = [];
  for await (const { bytes, sha256 } of seal(made.archive(), { ...order, buffers })) {
    const part = parts.push({ size: bytes.length, sha256 }) - 1;
    await link.ask({ kind: "part", part, bytes, sha256 }, [bytes.buffer]);
  }
  return { number: order.number, parts, ...made.summary() };
}

/** What goes into a volume, and what is to be said of it. */
class Contents {
  readonly #order: VolumeOrder;
  readonly #link: Link<never, VolumeNews>;
  readonly #fates: Uint8Array;
  readonly #changed = new Map<number, Entry>();
  readonly #lines: string[] = [];
  #at = 0;
  #bytes = 0;
  #plain = 0;
  /** The path that last had trouble. */
  #troubled: string | undefined;

  constructor(order: VolumeOrder, link: Link<never, VolumeNews>) {
    this.#order = order;
    this.#link = link;
    this.#fates = new Uint8Array(order.entries.length);
  }

  *archive(): Generator<Uint8Array<ArrayBuffer>> {
    const blocks = archive(this.#order.entries, {
      open: (entry) => openSource(entry, (trouble) => this.#tell(trouble)),
      done: (entry, from) => this.#done(entry, from),
    });
    let told = 0;
    for (const block of blocks) {
      this.#plain += block.length;
      yield block;
      const entries = this.#lines.length - told;
      told = this.#lines.length;
      this.#link.tell({ kind: "progress", entries, bytes: block.length });
    }
  }

  summary(): Omit<VolumeMade, "number" | "parts"> {
    const text = new TextEncoder().encode(this.#lines.join(""));
    return {
      entries: this.#lines.length,
      bytes: this.#bytes,
      plain: this.#plain,
      fates: this.#fates,
      changed: this.#changed,
      lines: text.length === 0 ? text : compressor(this.#order.compression)(text),
      linesPlain: text.length,
    };
  }

  #done(entry: Entry, from: SourceEntry): void {
    while (this.#order.entries[this.#at] !== from) this.#at++;
    const unchanged = sameEntry(entry, from) && this.#troubled !== from.file;
    this.#fates[this.#at] = unchanged ? FATE.STORED : FATE.CHANGED;
    if (!unchanged) this.#changed.set(this.#at, entry);
    this.#lines.push(encodeIndexLine(this.#order.number, entry));
    this.#bytes += entry.size;
  }

  #tell(trouble: Trouble): void {
    this.#troubled = trouble.path;
    this.#link.tell({ kind: "trouble", trouble });
  }
}
