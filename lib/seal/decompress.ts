/**
 * Decompresses any sequence of zstd frames or gzip members, from any program.
 *
 * @module
 */
import type { Transform } from "node:stream";
import { createGunzip, createZstdDecompress, zstdDecompressSync } from "node:zlib";
import { borrow, giveBack } from "../buffers/scratch.ts";
import type { CompressionKind } from "../model/compression.ts";
import { Damage, reason } from "../model/failure.ts";
import { framesIn } from "./zstd_frames.ts";

/** Size in bytes of the output chunks of the decompressors. */
const CHUNK = 64 * 1024;

/** Maximum content in bytes of a zstd frame that is decompressed in one call: that of our own frames. */
const MAX_WHOLE = 2 * 1024 * 1024;

/** Maximum size of such a frame in bytes. Incompressible content takes a little more than its own size. */
const MAX_FRAME = MAX_WHOLE + 256 * 1024;

/** Minimum size in bytes of an output buffer. A smaller one would share its memory with other buffers. */
const MIN_OUTPUT = 8 * 1024;

/** Piece of compressed data. It is a plain object, so that it can be posted to another thread. */
export interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Size of the content, if `bytes` are a complete zstd frame, which {@link contentOf} decompresses; undefined if they are content. */
  readonly frameOf?: number;
}

/** Returns the content of a piece. That of a frame is in a buffer of its own. */
export function contentOf({ bytes, frameOf }: Piece): Uint8Array<ArrayBuffer> {
  return frameOf === undefined ? bytes : decompressed(bytes, frameOf);
}

/**
 * Decompresses chunks.
 *
 * @param chunks Input. Each chunk is valid until the next one is requested. Output chunks belong to the
 *   caller.
 * @param limit Maximum number of output bytes.
 * @throws {Damage} at the first byte beyond the limit, and if the data are damaged, truncated, empty or
 *   followed by something else. With `none`, damage cannot be detected.
 */
export async function* decompress(
  kind: CompressionKind,
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of piecesOf(kind, chunks, limit)) yield contentOf(piece);
}

/**
 * Splits compressed data into pieces that can be decompressed independently of each other, or decompresses them if they have none.
 * Errors are those of {@link decompress}, except that each frame is checked when it is decompressed. Frames are valid until the
 * next piece is requested; content belongs to the caller.
 */
export async function* piecesOf(
  kind: CompressionKind,
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Piece> {
  let length = 0;
  for await (const piece of READERS[kind](chunks, () => length)) {
    length += piece.frameOf ?? piece.bytes.length;
    if (length > limit) {
      throw new Damage(`More than the announced ${limit} bytes come out of the sealed data`);
    }
    yield piece;
  }
}

/** Reads pieces. `produced` returns the size of the content of those that have been consumed. */
type Reader = (chunks: AsyncIterable<Uint8Array>, produced: () => number) => AsyncIterable<Piece>;

const READERS: Readonly<Record<CompressionKind, Reader>> = {
  zstd: unzstd,
  gzip: gunzip,
  none: copies,
};

/**
 * Reads zstd frames. A frame of known, small size is decompressed in one call: a stream would take a third more
 * time, because it is called for each block.
 */
async function* unzstd(
  chunks: AsyncIterable<Uint8Array>,
  produced: () => number,
): AsyncGenerator<Piece> {
  const room = borrow(MAX_FRAME);
  try {
    for await (const { size, pieces } of framesIn(chunks, produced)) {
      if (size === undefined || size > MAX_WHOLE) {
        yield* through(createZstdDecompress({ chunkSize: CHUNK }), pieces);
      } else {
        const frame = { bytes: await gathered(pieces, room), frameOf: size };
        if (size > 0) yield frame;
        else contentOf(frame); // only checked
      }
    }
  } finally {
    giveBack(room);
  }
}

async function gathered(
  pieces: AsyncIterable<Uint8Array>,
  room: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  let length = 0;
  for await (const piece of pieces) {
    if (length + piece.length > room.length) throw new Damage("A zstd frame is much larger than its content");
    room.set(piece, length);
    length += piece.length;
  }
  return room.subarray(0, length);
}

/**
 * Decompresses a complete frame that announces `size` bytes. The output has a buffer of its own, which is a little larger:
 * Deno allocates another one as soon as one is full.
 */
function decompressed(frame: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const options = { chunkSize: Math.max(size + 1, MIN_OUTPUT), maxOutputLength: Math.max(size, 1) };
  const content = damageIfFails(() => zstdDecompressSync(frame, options)) as Uint8Array<ArrayBuffer>;
  if (content.length === size) return content;
  throw new Damage(`A zstd frame has ${content.length} bytes of content, and announces ${size}`);
}

function damageIfFails<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw damaged(error);
  }
}

function damaged(error: unknown): Damage {
  return new Damage(`The compressed data are damaged: ${reason(error)}`, { cause: error });
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  for await (const chunk of chunks) yield { bytes: Uint8Array.from(chunk) };
}

/**
 * Decompresses gzip members. Gunzip ignores zeros after a member; only the number of bytes that it consumed
 * reveals them.
 */
async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const decoder = createGunzip({ chunkSize: CHUNK });
  let fed = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      fed += chunk.length;
      yield chunk;
    }
  };
  yield* through(decoder, counted());
  if (decoder.bytesWritten !== fed) throw new Damage("Something that is not gzip follows the gzip data");
}

/**
 * Decodes `chunks`. The decoder has finished a chunk before it requests the next one. Its own errors become
 * {@link Damage}; errors of `chunks` stay as they are.
 */
async function* through(decoder: Transform, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  let broken: unknown;
  const source = chunks[Symbol.asyncIterator]();
  feed(decoder, source).catch((error) => decoder.destroy(broken = error));
  try {
    for await (const chunk of decoder) yield { bytes: chunk as Uint8Array<ArrayBuffer> };
  } catch (error) {
    if (error === broken) throw error;
    throw damaged(error);
  } finally {
    await source.return?.();
  }
}

async function feed(decoder: Transform, source: AsyncIterator<Uint8Array>): Promise<void> {
  for (let next = await source.next(); !next.done; next = await source.next()) {
    const { value } = next;
    await new Promise<void>((resolve) => decoder.write(value, () => resolve()));
  }
  decoder.end();
}
