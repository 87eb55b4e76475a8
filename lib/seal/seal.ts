/**
 * Seals plain blocks: compresses them, encrypts them for the recipients, and cuts the message into parts with
 * their digests. Opens such messages.
 *
 * @module
 */
import { sha256 } from "../model/digest.ts";
import { Damage } from "../model/failure.ts";
import type { Compression, CompressionKind } from "../model/compression.ts";
import { releaseAll } from "../buffers/release.ts";
import { decompress, type Piece, piecesOf } from "./decompress.ts";
import { framesOf, type Helpers } from "./frames.ts";
import { decryptMessage, encryptMessage, type OpenSessionKey, type SessionKey } from "./message.ts";
import { PartBuffer } from "./part_buffer.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Part of a message: one object to store. */
export interface Part {
  /** Bytes at the beginning of a buffer of the part size. The buffer belongs to the receiver. */
  readonly bytes: Bytes;
  readonly sha256: string;
}

/** Options for cutting a message into parts. */
export interface Parting {
  readonly session: SessionKey;
  /** Maximum size of a part in bytes. */
  readonly partSize: number;
  /** Source of buffers of `partSize` bytes. Default: new ones. */
  readonly buffers?: Buffers;
}

/** Pool of buffers that are reused. */
export interface Buffers {
  /** Returns a free buffer; waits until there is one. */
  take(): Promise<ArrayBuffer>;
  /** Returns a buffer that was not made into a part. */
  give(buffer: ArrayBuffer): void;
}

/**
 * Seals `blocks` into one message and cuts it into parts. All but the last have `partSize` bytes. There is
 * always at least one part, because a message is never empty. It needs memory for a compressed block, a part
 * and about 2 MiB, for the blocks of the helpers, and for the parts that the caller keeps. Helpers are asked once more has been
 * compressed than fits into a part.
 *
 * @param blocks Each is valid until the next one is requested. Each is compressed separately, so 1 or 2 MiB
 *   is a good size.
 */
export function seal(
  blocks: Iterable<Bytes> | AsyncIterable<Bytes>,
  how: Parting & { readonly compression: Compression; readonly helpers?: Helpers | undefined },
): AsyncGenerator<Part> {
  const { compression, helpers, partSize } = how;
  const help = helpers && { helpers, after: partSize };
  return sealCompressed(framesOf(blocks, compression, help), how);
}

/** Seals compressed data, like {@link seal}: `frames` of a {@link compressor}, at least one. */
export async function* sealCompressed(
  frames: Iterable<Bytes> | AsyncIterable<Bytes>,
  { session, partSize, buffers }: Parting,
): AsyncGenerator<Part> {
  const fresh = async (): Promise<PartBuffer> =>
    new PartBuffer(await buffers?.take() ?? new ArrayBuffer(partSize));
  let part: PartBuffer | undefined;
  try {
    for await (let chunk of encryptMessage(session, frames)) {
      while (chunk.length > 0) {
        part ??= await fresh();
        chunk = part.take(chunk);
        if (!part.full) continue;
        const { bytes } = part;
        part = undefined;
        yield hashed(bytes);
      }
    }
    if (part === undefined) return;
    const { bytes } = part;
    part = undefined;
    yield hashed(bytes);
  } finally {
    if (part) buffers?.give(part.bytes.buffer);
  }
}

function hashed(bytes: Bytes): Part {
  return { bytes, sha256: sha256(bytes) };
}

/**
 * Yields the plain bytes of a message.
 *
 * **They are yielded before the message is authenticated**, see {@link decryptMessage}: compare each part's
 * SHA-256 with the receipt before it is passed in.
 *
 * @param parts Bytes of the parts in order; each is valid until the next one is requested.
 * @param how `limit` is the maximum number of plain bytes.
 * @throws The errors of `how.key`.
 * @throws {Damage} if anything is wrong with the message.
 */
export function open(
  parts: AsyncIterable<Uint8Array>,
  how: {
    readonly key: OpenSessionKey;
    readonly compression: CompressionKind;
    readonly limit: number;
  },
): AsyncGenerator<Uint8Array> {
  return decompress(how.compression, decryptMessage(how.key, parts), how.limit);
}

/** Options for opening a message of known size. */
export interface Opening {
  readonly key: OpenSessionKey;
  readonly compression: CompressionKind;
  /** Number of plain bytes. */
  readonly length: number;
}

/**
 * Yields the plain bytes of a message like {@link open}, exactly `length` of them. Each chunk is valid until
 * the next one is requested.
 *
 * @throws {Damage} if there are more or fewer.
 */
export async function* openExactly(
  parts: AsyncIterable<Uint8Array>,
  how: Opening,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  let last: ArrayBuffer | undefined;
  for await (const chunk of open(parts, { ...how, limit: how.length })) {
    const buffer = chunk.buffer as ArrayBuffer;
    if (last !== undefined && last !== buffer) releaseAll([last]);
    last = buffer;
    length += chunk.length;
    yield chunk;
  }
  if (last !== undefined) releaseAll([last]);
  checkLength(length, how);
}

/**
 * Yields the pieces of a message, with plain bytes like those of {@link openExactly}. Errors are the same, except that each frame is
 * checked when it is decompressed. Frames are valid until the next piece is requested; content belongs to the caller.
 */
export async function* openPieces(
  parts: AsyncIterable<Uint8Array>,
  how: Opening,
): AsyncGenerator<Piece> {
  let length = 0;
  for await (const piece of piecesOf(how.compression, decryptMessage(how.key, parts), how.length)) {
    length += piece.frameOf ?? piece.bytes.length;
    yield piece;
  }
  checkLength(length, how);
}

function checkLength(length: number, { length: announced }: Opening): void {
  if (length !== announced) {
    throw new Damage(`${length} bytes were sealed where ${announced} are announced`);
  }
}
