import { archive } from "../archive/write.ts";
import { numbered } from "./batches.ts";
import type { Compression } from "../model/compression.ts";
import { type Entry, sameEntry } from "../model/entry.ts";
import type { Trouble } from "../model/trouble.ts";
import type { Helpers, HelpersAnswer } from "../seal/frames.ts";
import type { SessionKey } from "../seal/message.ts";
import { type Buffers, type Part, seal } from "../seal/seal.ts";
import { Patience } from "../source/patience.ts";
import { type Content, openSource } from "../source/read.ts";
import { SafeDirectories } from "../source/safe_directories.ts";
import { HashedContent } from "./hashed_content.ts";
import { Rescue } from "./rescue.ts";
import { sparseNote } from "./sparse.ts";
import { sourceBuffersOf, type SourcePack, unpackedSources } from "./source_pack.ts";
import type { SourceEntry } from "../source/walk.ts";
import type { Job, JobLink } from "../workers/protocol.ts";
import { type VolumeContents, VolumeSummary } from "./volume_summary.ts";

/** Order to create one volume. It is a plain object, so that it can be posted to a thread. */
export interface VolumeOrder {
  /** Number of the volume, from 1. */
  readonly number: number;
  /** Entries of the volume, in order. They are returned. */
  readonly entries: SourcePack;
  /** Key for this volume only. */
  readonly session: SessionKey;
  readonly compression: Compression;
  readonly partSize: number;
  /** Whether the index lists the SHA-256 of each file. */
  readonly checksums: boolean;
  /** Number of blocks that the caller may be asked to compress at a time; 0 for none. */
  readonly helpedBlocks: number;
}

/** Volume that was created. */
export interface VolumeMade extends VolumeContents {
  readonly number: number;
  /** Parts of the volume, in order. */
  readonly parts: readonly { readonly size: number; readonly sha256: string }[];
}

/** Question of the worker: for a buffer for the next part, or for help with a block. */
export type VolumeQuestion =
  | { readonly kind: "buffer" }
  | { readonly kind: "compress"; readonly block: Uint8Array<ArrayBuffer> };

/** Report of a part that was created, in a buffer of the caller. */
export type PartNews = { readonly kind: "part"; readonly part: number } & Part;

/** Report of an entry that could not be read as it was found. */
export interface TroubleNews {
  readonly kind: "trouble";
  readonly trouble: Trouble;
}

/** Report for information. */
export interface NoteNews {
  readonly kind: "note";
  readonly text: string;
}

/** Report of what was archived since the last report. */
export interface ProgressNews {
  readonly kind: "progress";
  readonly entries: number;
  /** Bytes of the archive. */
  readonly bytes: number;
}

/** Report of the worker. The last one returns the entries. */
export type VolumeNews =
  | PartNews
  | { readonly kind: "entries"; readonly entries: SourcePack }
  | TroubleNews
  | NoteNews
  | ProgressNews;

/** Job of workers that runs {@linkcode makeVolume}. */
export const MAKE_VOLUME: Job<VolumeOrder, VolumeQuestion, VolumeNews, VolumeMade> = {
  name: "makeVolume",
  work: makeVolume,
  first: { kind: "buffer" },
};

/**
 * Creates one volume: reads, archives, compresses, encrypts and hashes. Buffers for its parts come from the
 * caller and go back to the caller, which limits the memory.
 */
export async function makeVolume(
  order: VolumeOrder,
  link: JobLink<VolumeQuestion, VolumeNews>,
): Promise<VolumeMade> {
  const summary = new VolumeSummary(order);
  const source = new VolumeSource(order, link, summary);
  const how = { ...order, buffers: buffersFrom(link), helpers: helpersFrom(link, order) };
  const parts: { size: number; sha256: string }[] = [];
  for await (const { bytes, sha256 } of seal(source.archive(), how)) {
    const part = parts.push({ size: bytes.length, sha256 }) - 1;
    link.report({ kind: "part", part, bytes, sha256 }, [bytes.buffer]);
  }
  link.report({ kind: "entries", entries: order.entries }, sourceBuffersOf(order.entries));
  return { number: order.number, parts, ...summary.take() };
}

/**
 * Returns the buffers of the caller. The first is requested at once, so that it is available when something
 * has been compressed.
 */
function buffersFrom(link: JobLink<VolumeQuestion, VolumeNews>): Buffers {
  const ask = (): Promise<ArrayBuffer> => link.ask({ kind: "buffer" }) as Promise<ArrayBuffer>;
  let first: Promise<ArrayBuffer> | undefined = ask();
  first.catch(() => {}); // it is not used if the order fails before
  return {
    take: () => {
      const buffer = first ?? ask();
      first = undefined;
      return buffer;
    },
    give: () => {}, // an order that fails ends the run
  };
}

/** Returns the caller as helper for a volume with a file that is larger than a part. */
function helpersFrom(
  link: JobLink<VolumeQuestion, never>,
  { helpedBlocks: blocks }: VolumeOrder,
): Helpers | undefined {
  if (blocks === 0) return undefined;
  const ask = (block: Uint8Array<ArrayBuffer>): Promise<unknown> =>
    link.ask({ kind: "compress", block }, [block.buffer]);
  return { blocks, compress: (block) => ask(block) as Promise<HelpersAnswer> };
}

/** Time limit for busy files of this thread, for all of its volumes. */
const PATIENCE = new Patience();

/**
 * Content of one volume: reads the entries in order, and records the result of each. Many fields because files may be busy,
 * lost or replaced.
 */
class VolumeSource {
  readonly #order: VolumeOrder;
  readonly #link: JobLink<never, VolumeNews>;
  readonly #summary: VolumeSummary;
  readonly #rescue = new Rescue();
  readonly #safe = new SafeDirectories();
  /** Position in the order of the entry that is being archived, and the entry as the walk found it. */
  #current: readonly [at: number, walked: SourceEntry] | undefined;
  /** Files that other programs block, by their position in the order. */
  readonly #busy = new Map<number, SourceEntry>();
  #insisting = false;
  /** Path of the last problem. */
  #troubled: string | undefined;

  constructor(order: VolumeOrder, link: JobLink<never, VolumeNews>, summary: VolumeSummary) {
    this.#order = order;
    this.#link = link;
    this.#summary = summary;
  }

  /** Yields the blocks of the archive. */
  async *archive(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const blocks = archive(this.#ordered(), {
      open: (entry) => this.#open(entry),
      done: (entry) => this.#done(entry),
    });
    let reported = 0;
    for (const block of blocks) {
      if (block.length === 0) {
        await PATIENCE.wait();
        this.#link.report({ kind: "progress", entries: 0, bytes: 0 });
        continue;
      }
      this.#summary.addBlock(block.length);
      yield block;
      const entries = this.#summary.entries - reported;
      reported = this.#summary.entries;
      this.#link.report({ kind: "progress", entries, bytes: block.length });
      await this.#link.pause();
    }
  }

  *#ordered(): Generator<SourceEntry> {
    for (const numberedEntry of numbered(unpackedSources(this.#order.entries), 0)) {
      this.#current = numberedEntry;
      yield this.#rescue.of(numberedEntry[1], this.#report);
    }
    // By now, other programs have released most of the busy files.
    this.#insisting = true;
    for (const busy of this.#busy) {
      this.#current = busy;
      yield busy[1];
    }
  }

  /**
   * Opens a file. A busy file is postponed to the end, unless links point to it, because they must not come
   * before it.
   */
  #open(entry: SourceEntry): Content | "busy" | undefined {
    let isBusy = false;
    const content = openSource(
      entry,
      this.#report,
      PATIENCE.isLeft ? () => isBusy = true : undefined,
      this.#safe,
    );
    const text = content && sparseNote(content);
    if (text !== undefined) this.#link.report({ kind: "note", text });
    if (content !== undefined) PATIENCE.rewarded();
    else if (isBusy && (this.#insisting || entry.nlink > 1)) return "busy";
    else if (isBusy) this.#busy.set(...this.#current!);
    else this.#rescue.lost(entry);
    return content && this.#order.checksums ? new HashedContent(content) : content;
  }

  #done(entry: Entry): void {
    const [at, walked] = this.#current!;
    this.#summary.add(at, entry, sameEntry(entry, walked) && this.#troubled !== walked.file);
  }

  readonly #report = (trouble: Trouble): void => {
    this.#troubled = trouble.path;
    this.#link.report({ kind: "trouble", trouble });
  };
}
