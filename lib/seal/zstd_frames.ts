/**
 * Parses the frames of Zstandard (RFC 8878 section 3.1) as far as needed to find their ends.
 *
 * This is needed because of Deno 2.9.6: its decoder takes data that follow a frame in the same buffer as the
 * end of everything, does not report a truncated frame, and throws some errors that cannot be caught. None of
 * this happens if its input is split at the end of each block and frame. Node.js has the first two faults as
 * well: https://github.com/nodejs/node/issues/64741, https://github.com/nodejs/node/issues/64592.
 *
 * @module
 */
import { Damage } from "../model/failure.ts";
import { ByteReader } from "./byte_reader.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Block_Maximum_Size: no valid block is larger, and none decompresses to more. */
const MAX_BLOCK = 128 * 1024;

const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/** Maximum window size that is accepted, in bytes: a frame takes this much memory. */
const MAX_WINDOW = 32 * 1024 * 1024;

/**
 * Minimum average number of output bytes for each frame and block. nightdrop's own frames give more than
 * fifty.
 */
const WORTH = 32;

/** Number of frames and blocks that may be empty or small. */
const FREE = 8192;

/** Frame of a sequence. */
export interface Frame {
  /** Size of its content in bytes, if the frame gives it. */
  readonly size: number | undefined;
  /**
   * Pieces of the frame, which must be read before the next frame is requested. No piece extends beyond the end of a
   * block. Each is valid until the next one is requested.
   */
  readonly pieces: AsyncGenerator<Uint8Array>;
}

/**
 * Splits a sequence of complete frames. Skippable frames are left out.
 *
 * @param produced Returns the number of output bytes so far: millions of empty frames are refused.
 * @throws {Damage} if there is no frame, the last one is truncated, a frame is followed by something else, or
 *   a frame is of a kind that is not accepted.
 */
export async function* framesIn(
  chunks: AsyncIterable<Uint8Array>,
  produced: () => number,
): AsyncGenerator<Frame> {
  await using reader = new ByteReader(chunks, "The compressed data");
  let count = 0;
  const next = (): void => {
    if (++count > FREE + produced() / WORTH) {
      throw new Damage("The zstd data have too many frames and blocks");
    }
  };
  do yield* frame(reader, next); while (!await reader.ended());
}

/** Yields a frame, unless it is skippable. */
async function* frame(reader: ByteReader, next: () => void): AsyncGenerator<Frame> {
  next();
  const magic = await reader.exactly(4);
  if ((littleEndian(magic) & ~0xf) === SKIPPABLE_MAGIC) return await skip(reader);
  if (littleEndian(magic) >>> 0 !== FRAME_MAGIC) {
    throw new Damage("There is something other than zstd data where a zstd frame must begin");
  }
  const { header, size } = await frameHeader(reader);
  yield { size, pieces: piecesOf(Uint8Array.of(...magic, ...header), reader, next) };
}

async function* piecesOf(
  header: Uint8Array,
  reader: ByteReader,
  next: () => void,
): AsyncGenerator<Uint8Array> {
  yield header;
  for (let last = false; !last; next()) last = yield* block(reader);
  yield await reader.exactly(4);
}

/**
 * Reads the rest of a frame's header (descriptor, window, content size) and returns it with the content size.
 *
 * @throws {Damage} if the frame has no checksum, has a dictionary, or has a window that takes too much
 *   memory.
 */
async function frameHeader(reader: ByteReader): Promise<{ header: number[]; size: number | undefined }> {
  const descriptor = (await reader.exactly(1))[0]!;
  if ((descriptor & 0b100) === 0) throw new Damage("A zstd frame has no checksum");
  if ((descriptor & 0b11) !== 0) throw new Damage("A zstd frame needs a dictionary");
  if ((descriptor & 0b1000) !== 0) throw new Damage("A zstd frame sets a bit that is reserved");
  const singleSegment = (descriptor & 0b10_0000) !== 0;
  const sizeLength = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const rest = await reader.exactly((singleSegment ? 0 : 1) + sizeLength);
  const size = sizeLength === 0 ? undefined : contentSize(rest.subarray(-sizeLength));
  const window = singleSegment ? size! : windowSize(rest[0]!);
  if (window > MAX_WINDOW) throw new Damage(`A zstd frame needs a window of ${window} bytes`);
  return { header: [descriptor, ...rest], size };
}

/** Returns Window_Size (RFC 8878, section 3.1.1.1.2). */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + base / 8 * (descriptor & 7);
}

/** Returns Frame_Content_Size (RFC 8878, section 3.1.1.1.4). */
function contentSize(field: Uint8Array): number {
  const value = field.reduceRight((value, byte) => value * 256 + byte, 0);
  return field.length === 2 ? value + 256 : value;
}

/** Yields one block. Returns whether it was the last of its frame. */
async function* block(reader: ByteReader): AsyncGenerator<Uint8Array, boolean> {
  const bytes = await reader.exactly(3);
  const header = littleEndian(bytes);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === RESERVED_BLOCK || size > MAX_BLOCK) throw new Damage("A block of the zstd data is not valid");
  yield bytes;
  for (let left = type === RLE_BLOCK ? 1 : size; left > 0;) {
    const piece = await reader.some(left);
    left -= piece.length;
    yield piece;
  }
  return (header & 1) === 1;
}

async function skip(reader: ByteReader): Promise<void> {
  for (let left = littleEndian(await reader.exactly(4)) >>> 0; left > 0;) {
    left -= (await reader.some(left)).length;
  }
}

/** Returns the number in up to four bytes, as a signed 32-bit integer. */
function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => (value << 8) | byte, 0);
}
