import { archive } from "../archive/write.ts";
import { numbered } from "./batches.ts";
import type { Compression } from "../model/compression.ts";
import { type Entry, sameEntry } from "../model/entry.ts";
import { TextBytes } from "../buffers/text_bytes.ts";
import { encodeIndexLine } from "../model/index.ts";
import { release } from "../buffers/release.ts";
import type { Trouble } from "../model/trouble.ts";
import { compressor } from "../seal/compress.ts";
import type { SessionKey } from "../seal/message.ts";
import { type Buffers, type Part, seal } from "../seal/seal.ts";
import { Patience } from "../source/patience.ts";
import { type Content, openSource } from "../source/read.ts";
import { Rescue } from "./rescue.ts";
import { sparseNote } from "./sparse.ts";
import { sourceBuffersOf, type SourcePack, unpackedSources } from "./source_pack.ts";
import type { SourceEntry } from "../source/walk.ts";
import type { Job, JobLink } from "../workers/protocol.ts";

/** One volume to be made. A plain object, so it can be posted to a thread. */
export interface VolumeOrder {
  /** From 1. */
  readonly number: number;
  /** What goes into it, in order. It is given back. */
  readonly entries: SourcePack;
  /** For this volume alone. */
  readonly session: SessionKey;
  readonly compression: Compression;
  readonly partSize: number;
}

/** What became of an entry. */
export const EntryStatus = {
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
  /** For each entry of the order what became of it: see {@link EntryStatus}. */
  readonly statuses: Uint8Array;
  /** The entries whose fate is {@link EntryStatus.CHANGED} as they are in the volume, by their place in the order. */
  readonly changed: ReadonlyMap<number, Entry>;
  /** Its lines of the index, compressed; none where there are no entries. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Bytes of the lines before they were compressed. */
  readonly linesPlain: number;
}

/** What is asked for meanwhile: a buffer for the next part. */
export type VolumeQuestion = { readonly kind: "buffer" };

/** A part has been made, in such a buffer. */
export type PartNews = { readonly kind: "part"; readonly part: number } & Part;

/** Something could not be had as it was found. */
export interface TroubleNews {
  readonly kind: "trouble";
  readonly trouble: Trouble;
}

/** Something is worth knowing. */
export interface NoteNews {
  readonly kind: "note";
  readonly text: string;
}

/** So much has been archived since. */
export interface ProgressNews {
  readonly kind: "progress";
  readonly entries: number;
  /** Of the archive. */
  readonly bytes: number;
}

/** What is told meanwhile, and last of all the entries, given back. */
export type VolumeNews =
  | PartNews
  | { readonly kind: "entries"; readonly entries: SourcePack }
  | TroubleNews
  | NoteNews
  | ProgressNews;

/** {@link makeVolume} as workers take it. */
export const MAKE_VOLUME: Job<VolumeOrder, VolumeQuestion, VolumeNews, VolumeMade> = {
  name: "makeVolume",
  work: makeVolume,
};

/**
 * Makes one volume: reads, archives, compresses, seals and hashes. Buffers for its parts come from whoever ordered it and
 * go back to him, so it is he who bounds how much is in memory.
 */
export async function makeVolume(
  order: VolumeOrder,
  link: JobLink<VolumeQuestion, VolumeNews>,
): Promise<VolumeMade> {
  const made = new Contents(order, link);
  const buffers = buffersFrom(link);
  const parts: { size: number; sha256: string }[] = [];
  for await (const { bytes, sha256 } of seal(made.archive(), { ...order, buffers })) {
    const part = parts.push({ size: bytes.length, sha256 }) - 1;
    link.report({ kind: "part", part, bytes, sha256 }, [bytes.buffer]);
  }
  link.report({ kind: "entries", entries: order.entries }, sourceBuffersOf(order.entries));
  return { number: order.number, parts, ...made.summary() };
}

/** The first is asked for at once, so that it is there when something has been read and compressed. */
function buffersFrom(link: JobLink<VolumeQuestion, VolumeNews>): Buffers {
  const ask = (): Promise<ArrayBuffer> => link.ask({ kind: "buffer" }) as Promise<ArrayBuffer>;
  let first: Promise<ArrayBuffer> | undefined = ask();
  first.catch(() => {}); // where the order fails before, nobody takes it
  return {
    take: () => {
      const buffer = first ?? ask();
      first = undefined;
      return buffer;
    },
    give: () => {}, // an order that fails ends the run
  };
}

/** Of this thread, for all of its volumes. */
const PATIENCE = new Patience();

/** What goes into a volume, and what is to be said of it. */
class Contents {
  readonly #order: VolumeOrder;
  readonly #link: JobLink<never, VolumeNews>;
  readonly #fates: Uint8Array;
  readonly #changed = new Map<number, Entry>();
  readonly #lines = new TextBytes();
  readonly #rescue = new Rescue();
  #entries = 0;
  /** Which entry is being archived, and what the walk found. */
  #at = -1;
  #walked: SourceEntry | undefined;
  /** Files that other programs keep from being read, by their place in the order. */
  readonly #busy = new Map<number, SourceEntry>();
  #insisting = false;
  #bytes = 0;
  #plain = 0;
  /** The path that last had trouble. */
  #troubled: string | undefined;

  constructor(order: VolumeOrder, link: JobLink<never, VolumeNews>) {
    this.#order = order;
    this.#link = link;
    this.#fates = new Uint8Array(order.entries.count);
  }

  async *archive(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const blocks = archive(this.#ordered(), {
      open: (entry) => this.#open(entry),
      done: (entry) => this.#done(entry, this.#walked!),
    });
    let reported = 0;
    for (const block of blocks) {
      if (block.length === 0) {
        await PATIENCE.wait();
        this.#link.report({ kind: "progress", entries: 0, bytes: 0 });
        continue;
      }
      this.#plain += block.length;
      yield block;
      const entries = this.#entries - reported;
      reported = this.#entries;
      this.#link.report({ kind: "progress", entries, bytes: block.length });
      await this.#link.pause();
    }
  }

  summary(): Omit<VolumeMade, "number" | "parts"> {
    const text = this.#lines.take();
    const linesPlain = text.length;
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      plain: this.#plain,
      statuses: this.#fates,
      changed: this.#changed,
      lines: linesPlain === 0 ? text : this.#compressed(text),
      linesPlain,
    };
  }

  /** In a buffer of just their size; the memory of all others is given back. */
  #compressed(lines: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const made = compressor(this.#order.compression)(lines);
    const bytes = new Uint8Array(made);
    if (made !== lines) release(new Uint8Array(made.buffer));
    release(lines);
    return bytes;
  }

  *#ordered(): Generator<SourceEntry> {
    for (const [at, entry] of numbered(unpackedSources(this.#order.entries), 0)) {
      [this.#at, this.#walked] = [at, entry];
      yield this.#rescue.of(entry, this.#report);
    }
    // By now other programs have given back most of what they held.
    this.#insisting = true;
    for (const [at, entry] of this.#busy) {
      [this.#at, this.#walked] = [at, entry];
      yield entry;
    }
  }

  /** A busy file comes last, unless links point to it: they must not come before it. */
  #open(entry: SourceEntry): Content | "busy" | undefined {
    let isBusy = false;
    const content = openSource(entry, this.#report, PATIENCE.isLeft ? () => isBusy = true : undefined);
    const text = content && sparseNote(content);
    if (text !== undefined) this.#link.report({ kind: "note", text });
    if (content !== undefined) PATIENCE.rewarded();
    else if (isBusy && (this.#insisting || entry.nlink > 1)) return "busy";
    else if (isBusy) this.#busy.set(this.#at, this.#walked!);
    else this.#rescue.lost(entry);
    return content;
  }

  #done(entry: Entry, walked: SourceEntry): void {
    const unchanged = sameEntry(entry, walked) && this.#troubled !== walked.file;
    this.#fates[this.#at] = unchanged ? EntryStatus.STORED : EntryStatus.CHANGED;
    if (!unchanged) this.#changed.set(this.#at, entry);
    this.#lines.add(encodeIndexLine(this.#order.number, entry));
    this.#entries += 1;
    this.#bytes += entry.size;
  }

  readonly #report = (trouble: Trouble): void => {
    this.#troubled = trouble.path;
    this.#link.report({ kind: "trouble", trouble });
  };
}
