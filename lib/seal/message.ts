/**
 * OpenPGP messages for public keys: session key packets, then one version 1 symmetrically encrypted and integrity
 * protected data packet (RFC 9580 sections 5.13.1 and 5.14) with one literal data packet in it. AES-256, no
 * OpenPGP compression, no signature. Every gpg since 1.4 reads that.
 *
 * openpgp.js makes such messages too, but holds them whole in memory in Deno 2.9.6
 * (https://github.com/denoland/deno/issues/36790) and is slow; so the keys stay
 * with openpgp.js (see `session_key.ts`), and the body is ours. What works on bodies alone, in a thread of its own,
 * need not load it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { Damage } from "../model/failure.ts";
import { ByteReader } from "./byte_reader.ts";
import { borrow, giveBack } from "../buffers/scratch.ts";
import { decryptCfb, encryptCfb } from "./cfb.ts";
import { type PacketHeader, readPacketBody, readPacketHeader, TAG, tagName, writePacket } from "./packet.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Session key of one message. A plain object, so that it can be posted to a worker. */
export interface SessionKey {
  /** Key for AES-256. */
  readonly key: Bytes;
  /** The key encrypted for each recipient: the packets at the head of the message. */
  readonly packets: Bytes;
}

/** Gets the session key out of the bodies of the packets that stand at the head of a message. */
export type OpenSessionKey = (packets: readonly Uint8Array[]) => Promise<Uint8Array>;

/** One block of random, and its last two bytes again, stand before the packets that are encrypted. */
const PREFIX_BYTES = 16 + 2;

/** Tag and length of the modification detection code packet, whose body is a SHA-1. */
const CODE_HEADER = Uint8Array.of(0xc0 | TAG.integrityCode, 20);
const CODE_BYTES = CODE_HEADER.length + 20;

/** Binary, no file name, no date. */
const LITERAL_HEADER = Uint8Array.of("b".charCodeAt(0), 0, 0, 0, 0, 0);

/** Bytes that are decrypted at a time. What Deno makes of them on the way is garbage of the same size. */
const GROUP = 64 * 1024;

const VERSION = Uint8Array.of(1);

/** The most session key packets, and bytes of one, that a reader takes: enough for 100 RSA keys of 16,384 bits. */
const MAX_SESSION_KEYS = 100;
const MAX_SESSION_KEY_BYTES = 2100;

/**
 * Encrypts `chunks` into one message. Chunks, in and out, are valid until the next is asked for.
 *
 * @param session for this message alone.
 */
export async function* encryptMessage(
  { key, packets }: SessionKey,
  chunks: AsyncIterable<Bytes> | Iterable<Bytes>,
): AsyncGenerator<Bytes> {
  yield packets;
  const literal = writePacket(TAG.literal, concat([LITERAL_HEADER], chunks));
  const encrypted = encryptCfb(key, withIntegrityCode(concat([randomPrefix()], literal)));
  yield* writePacket(TAG.encrypted, concat([VERSION], encrypted));
}

/**
 * Decrypts one message.
 *
 * **The bytes come before they are authenticated**: an altered message is known as such only at its end, by an
 * error. A caller that uses them before must be able to undo it; check a signed SHA-256 of the message first.
 *
 * Chunks, in and out, are valid until the next is asked for.
 *
 * @throws what `open` throws.
 * @throws {Damage} when it is altered, cut off, followed by anything, or not of the form that is read.
 */
export async function* decryptMessage(
  open: OpenSessionKey,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  await using reader = new ByteReader(chunks, "The encrypted message");
  const { sessionKeys, header } = await readSessionKeys(reader);
  const key = await open(sessionKeys);
  await using body = new ByteReader(readPacketBody(reader, header), "The encrypted data");
  const version = (await body.exactly(1))[0]!;
  if (version !== 1) throw new Damage(`Encrypted data of version ${version}, only version 1 is read`);
  const groups = [borrow(GROUP), borrow(GROUP)] as const;
  try {
    yield* literalData(checkIntegrityCode(decryptCfb(key, body.rest(), groups)));
  } finally {
    for (const group of groups) giveBack(group);
  }
  if (!await reader.ended()) throw new Damage("Something follows the encrypted message");
}

/** Reads the bodies of the session key packets and the head of the encrypted data behind them. */
async function readSessionKeys(
  reader: ByteReader,
): Promise<{ sessionKeys: Uint8Array[]; header: PacketHeader }> {
  const sessionKeys: Uint8Array[] = [];
  for (;;) {
    const header = await readPacketHeader(reader);
    if (header.tag === TAG.encrypted && sessionKeys.length > 0) return { sessionKeys, header };
    if (header.tag !== TAG.publicKeySessionKey) {
      throw new Damage(`Not a message for public keys: it holds ${tagName(header.tag)}`);
    }
    if (header.partial || header.bytes > MAX_SESSION_KEY_BYTES || sessionKeys.length === MAX_SESSION_KEYS) {
      throw new Damage("The session keys of the message are larger than any that are read");
    }
    sessionKeys.push(await reader.exactly(header.bytes));
  }
}

/** The data of the only packet in `plain`, which must be a literal data packet. */
async function* literalData(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  await using reader = new ByteReader(plain, "The encrypted data");
  await reader.exactly(PREFIX_BYTES);
  const header = await readPacketHeader(reader);
  if (header.tag !== TAG.literal) {
    throw new Damage(`The message holds ${tagName(header.tag)} where plain data must be`, {
      hint: "A message of gpg is read when it was made with `-z 0` and without a signature",
    });
  }
  await using body = new ByteReader(readPacketBody(reader, header), "The literal data");
  const [format, nameLength] = await body.exactly(2);
  if (format !== LITERAL_HEADER[0]) throw new Damage("The data in the message are text, not binary");
  await body.exactly(nameLength! + 4);
  yield* body.rest();
  if (!await reader.ended()) throw new Damage("Something follows the data in the message");
}

/** Adds the modification detection code: the SHA-1 of all that is encrypted before it. */
async function* withIntegrityCode(plain: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  const hash = createHash("sha1");
  for await (const chunk of plain) {
    hash.update(chunk);
    yield chunk;
  }
  yield CODE_HEADER;
  yield new Uint8Array(hash.update(CODE_HEADER).digest());
}

/** Takes the modification detection code off the end. The last chunk is given only when the code fits. */
async function* checkIntegrityCode(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha1");
  let held: Uint8Array = new Uint8Array();
  for await (const chunk of plain) {
    if (chunk.length < CODE_BYTES) {
      held = Buffer.concat([held, chunk]); // only the last one is so short
      continue;
    }
    hash.update(held);
    yield held;
    held = chunk;
  }
  const data = held.subarray(0, -CODE_BYTES);
  const expected = Buffer.concat([CODE_HEADER, hash.update(data).update(CODE_HEADER).digest()]);
  if (!expected.equals(held.subarray(-CODE_BYTES))) throw new Damage("The encrypted message was altered");
  yield data;
}

async function* concat(...sources: (AsyncIterable<Bytes> | Iterable<Bytes>)[]): AsyncGenerator<Bytes> {
  for (const source of sources) yield* source;
}

/** 16 random bytes, the last two of them twice. */
function randomPrefix(): Bytes {
  const prefix = new Uint8Array(PREFIX_BYTES);
  crypto.getRandomValues(prefix.subarray(0, 16));
  prefix.copyWithin(16, 14, 16);
  return prefix;
}
