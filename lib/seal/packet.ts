/**
 * OpenPGP packets: a tag, a length, a body (RFC 9580 section 4.2).
 *
 * @module
 */
import { Damage } from "../model/failure.ts";
import { borrow, giveBack } from "../buffers/scratch.ts";
import type { ByteReader } from "./byte_reader.ts";

/** Packet types that nightdrop writes, or reads in keys (RFC 9580 section 5). */
export const TAG = {
  publicKeySessionKey: 1,
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  literal: 11,
  userId: 13,
  encrypted: 18,
  integrityCode: 19,
} as const;

/** Names of other packet types, for messages. */
const TAG_NAMES: Readonly<Record<number, string>> = {
  2: "a signature",
  3: "a session key under a password",
  4: "a signature",
  5: "a private key",
  6: "a public key",
  8: "data compressed by OpenPGP",
  9: "encrypted data without integrity protection",
  20: "data encrypted with GnuPG's own AEAD",
};

/** Returns the name of a packet type, for messages. */
export function tagName(tag: number): string {
  return TAG_NAMES[tag] ?? `a packet of type ${tag}`;
}

/**
 * Bytes of a body after one partial length: a power of two, because the length octet contains the exponent.
 */
const PARTIAL = 2 ** 18;
const PARTIAL_LENGTH = Uint8Array.of(224 + 18);

/** Minimum number of bytes of a body after a partial length that are accepted. */
const MIN_PARTIAL = 512;

type Chunks = AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>;

/**
 * Writes one packet of unknown length, in partial lengths (RFC 9580 section 4.2.1.4). Chunks, in and out, are
 * valid until the next one is requested.
 */
export async function* writePacket(tag: number, body: Chunks): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield Uint8Array.of(0xc0 | tag);
  const part = borrow(PARTIAL);
  try {
    let filled = 0;
    for await (let chunk of body) {
      while (chunk.length > 0) {
        if (filled === PARTIAL) { // more data follow: the last length must not be a partial one
          yield PARTIAL_LENGTH;
          yield part;
          filled = 0;
        }
        const piece = chunk.subarray(0, PARTIAL - filled);
        part.set(piece, filled);
        filled += piece.length;
        chunk = chunk.subarray(piece.length);
      }
    }
    yield definiteLength(filled);
    yield part.subarray(0, filled);
  } finally {
    giveBack(part);
  }
}

/**
 * Returns the length octets of a body of `bytes`, as few as possible (RFC 9580 sections 4.2.1.1 to 4.2.1.3).
 */
export function definiteLength(bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes < 192) return Uint8Array.of(bytes);
  if (bytes < 8384) return Uint8Array.of(((bytes - 192) >> 8) + 192, (bytes - 192) & 0xff);
  const octets = new DataView(new ArrayBuffer(5));
  octets.setUint8(0, 255);
  octets.setUint32(1, bytes);
  return new Uint8Array(octets.buffer);
}

/** Number of bytes of the body that follow. If `partial`, another length comes after them. */
interface Length {
  readonly bytes: number;
  readonly partial: boolean;
}

/** Header of a packet. Its body is read next from the same reader. */
export interface PacketHeader extends Length {
  readonly tag: number;
}

/**
 * Reads the header of a packet, also in the old format, which gpg writes.
 *
 * @throws {Damage} if there is none.
 */
export async function readPacketHeader(reader: ByteReader): Promise<PacketHeader> {
  const first = await octet(reader);
  if (first < 0x80) throw new Damage("No OpenPGP packet where one was expected");
  if (first >= 0xc0) return { tag: first & 0x3f, ...await readLength(reader) };
  const width = [1, 2, 4][first & 3];
  if (width === undefined) throw new Damage("An OpenPGP packet of undetermined length is not read");
  return { tag: (first >> 2) & 0xf, bytes: number(await reader.exactly(width)), partial: false };
}

/** Yields the body of a packet, in chunks as they come. */
export async function* readPacketBody(reader: ByteReader, header: PacketHeader): AsyncGenerator<Uint8Array> {
  let length: Length = header;
  for (;;) {
    for (let left = length.bytes; left > 0;) {
      const chunk = await reader.some(left);
      left -= chunk.length;
      yield chunk;
    }
    if (!length.partial) return;
    length = await readLength(reader);
  }
}

async function readLength(reader: ByteReader): Promise<Length> {
  const first = await octet(reader);
  if (first < 192) return { bytes: first, partial: false };
  if (first < 224) return { bytes: ((first - 192) << 8) + await octet(reader) + 192, partial: false };
  if (first < 255) return { bytes: partialLength(first & 0x1f), partial: true };
  return { bytes: number(await reader.exactly(4)), partial: false };
}

/**
 * Returns the bytes of a partial length. Short ones are refused, because millions of them would take hours.
 * RFC 9580, section 4.2.1.4, requires 512 for the first.
 */
function partialLength(exponent: number): number {
  const bytes = 2 ** exponent;
  if (bytes >= MIN_PARTIAL) return bytes;
  throw new Damage(`An OpenPGP packet in pieces of ${bytes} bytes is not read`);
}

async function octet(reader: ByteReader): Promise<number> {
  return (await reader.exactly(1))[0]!;
}

function number(octets: Uint8Array): number {
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}
