/**
 * The frames of Zstandard (RFC 8878 section 3.1), as far as one must know them to find where they end.
 *
 * Deno 2.9.6 needs that: its decoder takes what follows a frame in the same buffer for the end of everything, says
 * nothing of a frame that was cut off, and throws some errors where nobody can catch them. Fed with pieces that
 * never reach beyond the end of a block or a frame it does none of that.
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

/**
 * The bytes of a sequence of whole frames in pieces, none of which reaches beyond the end of a block or a frame.
 * Skippable frames are left out.
 *
 * @throws {Damage} when there is no frame, the last one is cut off, or something else follows a frame.
 */
export async function* framePieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  await using reader = new ByteReader(chunks, "The compressed data");
  do yield* frame(reader); while (!await reader.ended());
}

async function* frame(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const magic = await reader.exactly(4);
  if ((littleEndian(magic) & ~0xf) === SKIPPABLE_MAGIC) return await skip(reader);
  if (littleEndian(magic) >>> 0 !== FRAME_MAGIC) {
    throw new Damage("Something that is not zstd stands where a zstd frame must begin");
  }
  const descriptor = (await reader.exactly(1))[0]!;
  yield Uint8Array.of(...magic, descriptor, ...await reader.exactly(headerSize(descriptor)));
  for (let last = false; !last;) last = yield* block(reader);
  const hasChecksum = (descriptor & 4) !== 0;
  if (hasChecksum) yield await reader.exactly(4);
}

/** Bytes of header behind the descriptor: window, dictionary id, content size. */
function headerSize(descriptor: number): number {
  const singleSegment = (descriptor >> 5) & 1;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!;
  const contentSize = [singleSegment, 2, 4, 8][descriptor >> 6]!;
  return 1 - singleSegment + dictionary + contentSize;
}

/** One block; returns whether it was the last of its frame. */
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

/** The number in up to four bytes, as a signed 32-bit integer. */
function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => (value << 8) | byte, 0);
}
