import { release, releaseAll } from "../buffers/release.ts";
import type { CompressionKind } from "../model/compression.ts";
import { contentOf, type Piece } from "../seal/decompress.ts";
import { type Opening, openPieces } from "../seal/seal.ts";
import type { Job, JobLink } from "../workers/protocol.ts";

/** Sealed volume. It is a plain object, so that it can be posted to a thread. */
export interface SealedVolume {
  /** Size of the archive or dump in bytes. */
  readonly plain: number;
  /** Number of parts. */
  readonly parts: number;
  readonly compression: CompressionKind;
}

/**
 * Question of a thread that opens a volume: for the session key, by the packets at the beginning of the
 * message, or for the next part.
 */
export type SealedQuestion =
  | { readonly kind: "key"; readonly packets: readonly Uint8Array[] }
  | { readonly kind: "part" };

/** Question of a thread that opens a volume for another: the same, or for the number of pieces that wait for the other. */
export type OpenQuestion = SealedQuestion | { readonly kind: "room" };

/**
 * Number of waiting pieces below which the thread that reads them has too little work, so that it decompresses the next one
 * itself.
 */
const FEW = 4;

/** Job of workers that runs {@link openVolume}. */
export const OPEN_VOLUME: Job<SealedVolume, OpenQuestion, Piece, void> = {
  name: "openVolume",
  work: openVolume,
};

/**
 * Decrypts one volume for the thread that reads it, and reports its pieces. Both threads share the work: this
 * one decompresses pieces as long as the other one has enough to do.
 *
 * @throws {Damage} if anything is wrong with the message.
 */
async function openVolume(
  volume: SealedVolume,
  link: JobLink<OpenQuestion, Piece>,
): Promise<void> {
  let waiting = 0;
  for await (const piece of openPieces(partsOf(volume, link), openingOf(volume, link))) {
    const own = waiting < FEW ? copyOf(piece) : { bytes: ownContentOf(piece) };
    link.report(own, [own.bytes.buffer]);
    await link.pause();
    waiting = await link.ask({ kind: "room" }) as number;
  }
}

function copyOf({ bytes, ...rest }: Piece): Piece {
  return { bytes: new Uint8Array(bytes), ...rest }; // a slice of a Buffer is no copy
}

function ownContentOf(piece: Piece): Uint8Array<ArrayBuffer> {
  return piece.frameOf === undefined ? new Uint8Array(piece.bytes) : contentOf(piece);
}

/** Yields the parts of a volume, for which it asks the caller. Each is valid until the next one is requested. */
export async function* partsOf(
  { parts }: SealedVolume,
  link: Pick<JobLink<SealedQuestion, never>, "ask">,
): AsyncGenerator<Uint8Array> {
  for (let left = parts; left > 0; left--) {
    const bytes = await link.ask({ kind: "part" }) as Uint8Array<ArrayBuffer>;
    yield bytes;
    release(bytes);
  }
}

/** Returns the options for opening a volume. They ask the caller for the session key. */
export function openingOf(
  { compression, plain }: SealedVolume,
  link: Pick<JobLink<SealedQuestion, never>, "ask">,
): Opening {
  const key = (packets: readonly Uint8Array[]): Promise<Uint8Array> =>
    link.ask({ kind: "key", packets }) as Promise<Uint8Array>;
  return { key, compression, length: plain };
}

/** Yields the content of pieces. Each is valid until the next one is requested. */
export async function* contentsOf(pieces: AsyncIterable<Piece>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    const content = contentOf(piece);
    if (content !== piece.bytes) releaseAll([piece.bytes.buffer]);
    yield content;
    releaseAll([content.buffer]);
  }
}
