/**
 * The sentence: plain blocks are compressed, encrypted for the recipients, and cut into parts with their digests;
 * and the way back.
 *
 * @module
 */
import { sha256 } from "../model/digest.ts";
import { Damage } from "../model/failure.ts";
import type { Compression, CompressionKind } from "../model/compression.ts";
import { release, releaseAll } from "../buffers/release.ts";
import { compressor, decompress } from "./compress.ts";
import { decryptMessage, encryptMessage, type OpenSessionKey, type SessionKey } from "./message.ts";
import { PartBuffer } from "./part_buffer.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** One object to store: a piece of a message. */
export interface Part {
  /** The begin of a buffer of a part's size, which is the taker's. */
  readonly bytes: Bytes;
  readonly sha256: string;
}

/** How a message is cut into parts. */
export interface Parting {
  readonly session: SessionKey;
  /** Bytes of a part at most. */
  readonly partSize: number;
  /** Where buffers of `partSize` bytes come from; new ones where it is not given. */
  readonly buffers?: Buffers;
}

/** Buffers that are in use again and again. */
export interface Buffers {
  /** One that is free. */
  take(): Promise<ArrayBuffer>;
  /** Returns a buffer that was not made into a part. */
  give(buffer: ArrayBuffer): void;
}

/**
 * Seals `blocks` into one message and cuts it into parts; all but the last have `partSize` bytes. There is always
 * one part, for a message is never empty. Memory is a compressed block, a part and about 2 MiB, and what parts
 * the caller keeps.
 *
 * @param blocks valid until the next is asked for. Each is compressed by itself, so 1 or 2 MiB is a good size.
 */
export function seal(
  blocks: Iterable<Bytes> | AsyncIterable<Bytes>,
  how: Parting & { readonly compression: Compression },
): AsyncGenerator<Part> {
  return sealCompressed(compressed(blocks, how.compression), how);
}

/** Likewise of what is compressed already: `frames` that a {@link compressor} made, at least one. */
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

/** Compresses even empty content: an empty file is no valid input for zstd or gzip. */
async function* compressed(
  blocks: Iterable<Bytes> | AsyncIterable<Bytes>,
  compression: Compression,
): AsyncGenerator<Bytes> {
  const compress = compressor(compression);
  let nothing = true;
  for await (const block of blocks) {
    if (block.length === 0) continue;
    nothing = false;
    const bytes = compress(block);
    yield bytes;
    if (bytes !== block) release(new Uint8Array(bytes.buffer)); // all of it, not only what was filled
  }
  if (nothing) yield compress(new Uint8Array());
}

/**
 * The plain bytes of a message.
 *
 * **They come before the message is authenticated**, see {@link decryptMessage}: check each part's SHA-256 against
 * the receipt before it goes in.
 *
 * @param parts the bytes of the parts in order; each valid until the next is asked for.
 * @param how `limit` is the most plain bytes that may come out.
 * @throws what `how.key` throws.
 * @throws {Damage} when anything is wrong with it.
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

/**
 * Like {@link open}, and there are exactly `length` plain bytes. Each chunk is valid until the next is asked for.
 *
 * @throws {Damage} when there are more or less.
 */
export async function* openExactly(
  parts: AsyncIterable<Uint8Array>,
  how: { readonly key: OpenSessionKey; readonly compression: CompressionKind; readonly length: number },
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
  if (length !== how.length) {
    throw new Damage(`${length} bytes were sealed where ${how.length} are announced`);
  }
}
