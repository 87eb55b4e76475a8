import { ArchiveReader, type ArchiveSink } from "../archive/read.ts";
import type { MadeFiles } from "../extract/lost.ts";
import { Damage } from "../model/failure.ts";
import { FileSink, type FilesOrder } from "./file_sink.ts";
import { contentsOf, openingOf, partsOf, type SealedQuestion, type SealedVolume } from "./open_volume.ts";
import type { VolumeContent } from "../model/name.ts";
import { buffersOf, NO_ENTRY, unpacked } from "../model/pack.ts";
import { releaseAll } from "../buffers/release.ts";
import type { Piece } from "../seal/decompress.ts";
import { openExactly } from "../seal/seal.ts";
import type { Job, JobLink } from "../workers/protocol.ts";

/** Order to read one volume. It is a plain object, so that it can be posted to a thread. */
export interface ReadOrder extends FilesOrder, SealedVolume {
  /** Archive, or dump, which is the content of its only entry. */
  readonly content: VolumeContent;
}

/**
 * Question of the worker: those of a thread that opens a volume; or whether another thread opens this volume, and then for the next
 * piece, undefined at the end.
 */
export type ReadQuestion =
  | SealedQuestion
  | { readonly kind: "isOpenedElsewhere" }
  | { readonly kind: "piece" };

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

/** Minimum number of parts of a volume that two threads share. A shorter one is read before the other thread is of much use. */
const SHARED_PARTS = 4;

/**
 * Number of pieces that are requested at a time. Their answers may take milliseconds, because the thread that sends them has other
 * work.
 */
const REQUESTED = 3;

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
  const { number, entries } = order;
  const taker = takerOf(order, sink);
  let [reported, paused] = [performance.now(), performance.now()];
  for await (const chunk of await opened(order, link)) {
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

/** Returns the plain bytes of a volume. Each chunk is valid until the next one is requested. */
async function opened(
  order: ReadOrder,
  link: JobLink<ReadQuestion, never>,
): Promise<AsyncIterable<Uint8Array>> {
  const isShared = order.parts >= SHARED_PARTS && await link.ask({ kind: "isOpenedElsewhere" });
  return isShared ? contentsOf(piecesFrom(link)) : openExactly(partsOf(order, link), openingOf(order, link));
}

/** Yields the pieces of a volume that another thread opens. At its end, no question is left without an answer. */
async function* piecesFrom(link: JobLink<ReadQuestion, never>): AsyncGenerator<Piece> {
  const request = (): Promise<Piece | undefined> => {
    const piece = link.ask({ kind: "piece" }) as Promise<Piece | undefined>;
    piece.catch(() => {}); // it is thrown where it is awaited
    return piece;
  };
  const requested = Array.from({ length: REQUESTED }, request);
  try {
    for (let piece = await requested.shift(); piece !== undefined; piece = await requested.shift()) {
      requested.push(request());
      yield piece;
    }
  } finally {
    await Promise.allSettled(requested);
  }
}
