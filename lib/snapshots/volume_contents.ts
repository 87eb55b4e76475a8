import { ArchiveReader, type ArchiveSink } from "../archive/read.ts";
import { type Layout, stagedEntry } from "../extract/layout.ts";
import { type LostEntry, type MadeFiles, nothingMade, type RenamedEntry } from "../extract/lost.ts";
import { AttributeBatch } from "../extract/attribute_batch.ts";
import { type StagedFile, WrongSize } from "../extract/staged_file.ts";
import { StagedFiles } from "../extract/staged_files.ts";
import { isLostAlone } from "../extract/system.ts";
import type { CompressionKind } from "../model/compression.ts";
import { type Entry, sameEntry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import type { VolumeContent } from "../model/name.ts";
import { buffersOf, NO_ENTRY, type Pack, unpacked } from "../model/pack.ts";
import { printable } from "../model/printable.ts";
import { release, releaseAll } from "../buffers/release.ts";
import { openExactly } from "../seal/seal.ts";
import type { Job, JobLink } from "../workers/protocol.ts";

/** One volume to be read. A plain object, so it can be posted to a thread. */
export interface ReadOrder {
  readonly number: number;
  /** An archive, or a dump, which is the content of its one entry. */
  readonly content: VolumeContent;
  /** Bytes of the archive or dump. */
  readonly plain: number;
  /** How many parts it has. */
  readonly parts: number;
  /** Its entries as the index lists them, in order. They are consumed. */
  readonly entries: Pack;
  readonly compression: CompressionKind;
  /** Where to make files, and which files are wanted, marked by a 1; undefined where it is only to be checked. */
  readonly making: { readonly layout: Layout; readonly wanted: Uint8Array } | undefined;
}

/** Question of the worker: for the session key, by the packets at the head of the message, or for the next part. */
export type ReadQuestion =
  | { readonly kind: "key"; readonly packets: readonly Uint8Array[] }
  | { readonly kind: "part" };

/** Progress: bytes of content that were read since the last report. */
export interface ReadNews {
  readonly bytes: number;
}

/** Longest time between two reports: the answer may be to stop, and many small files take long but have few bytes. */
const REPORT_AFTER_MS = 250;

/** Bytes of an archive between two looks at the clock: a hundred small files, of which each takes many calls. */
const AT_A_TIME = 64 * 1024;

/** Milliseconds of work on a chunk after which there is a pause in it. */
const PAUSE_AFTER_MS = 50;

/** Bytes of content between two reports. */
const WORTH_REPORTING = 1024 * 1024;

/** {@link readVolume} as workers take it. */
export const READ_VOLUME: Job<ReadOrder, ReadQuestion, ReadNews, MadeFiles> = {
  name: "readVolume",
  work: readVolume,
};

/**
 * Reads one volume, compares it with the index, and makes the files that are wanted. If it throws, it leaves none of them.
 *
 * @throws {Damage} if anything in the volume differs from the index.
 */
export async function readVolume(
  order: ReadOrder,
  link: JobLink<ReadQuestion, ReadNews>,
): Promise<MadeFiles> {
  const sink = new FileSink(order, link);
  try {
    await readInto(sink, order, link);
    await sink.attributes?.flush();
    return sink.made;
  } catch (error) {
    sink.discard();
    throw error;
  } finally {
    releaseAll(buffersOf(order.entries));
  }
}

async function readInto(
  sink: FileSink,
  order: ReadOrder,
  link: JobLink<ReadQuestion, ReadNews>,
): Promise<void> {
  const { number, entries, compression, plain } = order;
  const key = (packets: readonly Uint8Array[]): Promise<Uint8Array> =>
    link.ask({ kind: "key", packets }) as Promise<Uint8Array>;
  const taker = takerOf(order, sink);
  let [reported, paused] = [performance.now(), performance.now()];
  for await (const chunk of openExactly(partsOf(order, link), { key, compression, length: plain })) {
    for (let at = 0; at < chunk.length; at += AT_A_TIME) {
      if (at > 0 && performance.now() - paused > PAUSE_AFTER_MS) paused = await pausedAt(link);
      taker.write(chunk.subarray(at, at + AT_A_TIME));
    }
    paused = await pausedAt(link);
    if (sink.attributes?.isFull) await sink.attributes.flush();
    if (performance.now() - reported < REPORT_AFTER_MS) continue;
    link.report({ bytes: 0 });
    reported = performance.now();
  }
  taker.close();
  if (sink.count !== entries.count) throw new Damage(`Volume ${number} ends before the index does`);
}

async function pausedAt(link: JobLink<ReadQuestion, ReadNews>): Promise<number> {
  await link.pause();
  return performance.now();
}

/** Parser that makes entries of the plain bytes of a volume. */
function takerOf({ number, content, entries, plain }: ReadOrder, sink: ArchiveSink): Taker {
  if (content === "tar") return new ArchiveReader(sink);
  const [line] = unpacked(entries);
  const why = new Damage(`Volume ${number} is a dump, which is not what the index says`);
  if (line?.type === "file" && line.size === plain) sink.entry(line);
  else if (line?.path === NO_ENTRY.path) sink.bad?.(why); // whose loss was reported
  else throw why;
  return { write: (chunk) => sink.content(chunk), close: () => sink.end() };
}

type Taker = Pick<ArchiveReader, "write" | "close">;

async function* partsOf(order: ReadOrder, link: JobLink<ReadQuestion, ReadNews>): AsyncGenerator<Uint8Array> {
  for (let left = order.parts; left > 0; left--) {
    const bytes = await link.ask({ kind: "part" }) as Uint8Array<ArrayBuffer>;
    yield bytes;
    release(bytes);
  }
}

/** Compares entries with the index, and writes wanted files. Ten private fields: all are removed if the volume is bad. */
class FileSink implements ArchiveSink {
  readonly #order: ReadOrder;
  readonly #link: JobLink<ReadQuestion, ReadNews>;
  readonly #listed: Iterator<Entry>;
  readonly #files: StagedFiles | undefined;
  /** Extended attributes of the files. */
  readonly attributes: AttributeBatch | undefined;
  readonly #lost: LostEntry[] = [];
  readonly #renamed: RenamedEntry[] = [];
  #file: StagedFile | undefined;
  /** The entry that is read. */
  #entry: Entry | undefined;
  /** Files that were begun so far. */
  #begun = 0;
  #unreported = 0;
  /** Entries so far. */
  count = 0;

  constructor(order: ReadOrder, link: JobLink<ReadQuestion, ReadNews>) {
    this.#order = order;
    this.#link = link;
    this.#listed = unpacked(order.entries);
    this.#files = order.making && new StagedFiles(order.making.layout);
    this.attributes = this.#files && new AttributeBatch(this.#files.losses);
  }

  get made(): MadeFiles {
    if (this.#files === undefined) return nothingMade();
    return { losses: this.#files.losses, lost: this.#lost, renamed: this.#renamed };
  }

  /** Accepts any content if the index lists nothing there that can be restored. */
  bad(why: Damage): void {
    const line = this.#listed.next().value as Entry | undefined;
    if (line?.path !== NO_ENTRY.path) throw why;
    this.count += 1;
  }

  entry(entry: Entry): void {
    const line = this.#listed.next().value as Entry | undefined;
    const isListed = line !== undefined && (line.path === NO_ENTRY.path || sameEntry(line, entry));
    if (!isListed) {
      const { number } = this.#order;
      const what = `Volume ${number} holds "${printable(entry.path)}", which is not what the index says`;
      throw new Damage(what);
    }
    this.#entry = entry;
    if (this.#order.making?.wanted[this.count] === 1) {
      this.#begin(line.sparse ? { ...entry, sparse: true } : entry);
    }
    this.count += 1;
  }

  content(bytes: Uint8Array): void {
    this.#orLose(() => this.#file?.write(bytes));
    this.#report(bytes.length);
  }

  end(): void {
    this.#orLose(() => this.#close());
    this.#file = undefined;
  }

  #close(): void {
    if (this.#file === undefined) return;
    this.#file.close();
    this.attributes!.add(this.#file.place, this.#entry!);
  }

  /** Removes the files again. */
  discard(): void {
    this.#file?.discard();
    const { entries, making } = this.#order;
    const lost = new Set(this.#lost.map(({ path }) => path));
    for (const entry of unpacked(entries, making?.wanted)) {
      if (this.#begun === 0) return;
      this.#begun -= 1;
      if (!lost.has(entry.path)) this.#files?.remove(stagedEntry(making!.layout, entry));
    }
  }

  #begin(entry: Entry): void {
    this.#begun += 1;
    const files = this.#files!;
    this.#orLose(() => {
      const staged = stagedEntry(files.layout, entry);
      this.#file = files.file(staged);
      const renamed = files.renamed.get(staged.path);
      if (renamed !== undefined) this.#renamed.push({ path: entry.path, staged: renamed });
    });
  }

  /** Loses the file where the target takes it not, and perhaps others. */
  #orLose(make: () => void): void {
    try {
      make();
    } catch (error) {
      if (!isLostAlone(error) || error instanceof WrongSize) throw error;
      this.#file?.discard();
      this.#file = undefined;
      const { path, size } = this.#entry!;
      this.#lost.push({ path, size, reason: error.message });
    }
  }

  #report(bytes: number): void {
    this.#unreported += bytes;
    if (this.#unreported < WORTH_REPORTING) return;
    this.#link.report({ bytes: this.#unreported });
    this.#unreported = 0;
  }
}
