import { ArchiveReader, type ArchiveSink } from "../archive/read.ts";
import type { MadeFiles } from "../extract/lost.ts";
import type { CompressionKind } from "../model/compression.ts";
import { Damage } from "../model/failure.ts";
import { FileSink, type FilesOrder } from "./file_sink.ts";
import type { VolumeContent } from "../model/name.ts";
import { buffersOf, NO_ENTRY, unpacked } from "../model/pack.ts";
import { release, releaseAll } from "../buffers/release.ts";
import { openExactly } from "../seal/seal.ts";
import type { Job, JobLink } from "../workers/protocol.ts";

/** Order to read one volume. It is a plain object, so that it can be posted to a thread. */
export interface ReadOrder extends FilesOrder {
  /** Archive, or dump, which is the content of its only entry. */
  readonly content: VolumeContent;
  /** Size of the archive or dump in bytes. */
  readonly plain: number;
  /** Number of parts. */
  readonly parts: number;
  readonly compression: CompressionKind;
}

/**
 * Question of the worker: for the session key, by the packets at the beginning of the message, or for the
 * next part.
 */
export type ReadQuestion =
  | { readonly kind: "key"; readonly packets: readonly Uint8Array[] }
  | { readonly kind: "part" };

/** Progress: number of bytes of content that were read since the last report. */
export interface ReadNews {
  readonly bytes: number;
}

/**
 * Maximum milliseconds between two reports: the answer may be to stop, and many small files take long but
 * have few bytes.
 */
const REPORT_AFTER_MS = 250;

/**
 * Number of bytes of an archive between two checks of the clock: a hundred small files, each of which takes
 * many calls.
 */
const AT_A_TIME = 64 * 1024;

/**
 * Milliseconds of work on a chunk after which it is interrupted by a pause. Other threads wait for this one when they need
 * their next part.
 */
const PAUSE_AFTER_MS = 5;

/** Job of workers that runs {@link readVolume}. */
export const READ_VOLUME: Job<ReadOrder, ReadQuestion, ReadNews, MadeFiles> = {
  name: "readVolume",
  work: readVolume,
};

/**
 * Reads one volume, compares it with the index, and creates the wanted files. If it throws, none of them is
 * left.
 *
 * @throws {Damage} if anything in the volume differs from the index.
 */
export async function readVolume(
  order: ReadOrder,
  link: JobLink<ReadQuestion, ReadNews>,
): Promise<MadeFiles> {
  const sink = new FileSink(order, (bytes) => link.report({ bytes }));
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

/** Returns the parser for the plain bytes of a volume. */
function takerOf({ number, content, entries, plain }: ReadOrder, sink: ArchiveSink): Taker {
  if (content === "tar") return new ArchiveReader(sink);
  const [line] = unpacked(entries);
  const why = new Damage(`Volume ${number} is a dump, which is not what the index says`);
  if (line?.type === "file" && line.size === plain) sink.entry(line);
  else if (line?.path === NO_ENTRY.path) sink.bad?.(why); // its loss was reported
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
