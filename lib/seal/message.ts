/**
 * OpenPGP messages for public keys: session key packets, then one version 1 symmetrically encrypted and
 * integrity protected data packet (RFC 9580 sections 5.13.1 and 5.14) that contains one literal data packet.
 * AES-256, no OpenPGP compression, no signature. Every gpg since 1.4 can read them.
 *
 * openpgp.js can write such messages, too, but it holds them in memory as a whole in Deno 2.9.6
 * (https://github.com/denoland/deno/issues/36790) and is slow. So openpgp.js handles only the keys (see
 * `session_key.ts`), and this file handles the body. A thread that handles only bodies need not load
 * openpgp.js.
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

/** Session key of one message. It is a plain object, so that it can be posted to a worker. */
export interface SessionKey {
  /** Key for AES-256. */
  readonly key: Bytes;
  /** Key encrypted to each recipient: the packets at the beginning of the message. */
  readonly packets: Bytes;
}

/** Returns the session key from the bodies of the packets at the beginning of a message. */
export type OpenSessionKey = (packets: readonly Uint8Array[]) => Promise<Uint8Array>;

/** Size of the random prefix of the encrypted packets: one block, and its last two bytes again. */
const PREFIX_BYTES = 16 + 2;

/** Header of the modification detection code packet: its tag, and the length of its body, a SHA-1. */
const CODE_HEADER = Uint8Array.of(0xc0 | TAG.integrityCode, 20);
const CODE_BYTES = CODE_HEADER.length + 20;

/** Header of the literal data packet: binary, no file name, no date. */
const LITERAL_HEADER = Uint8Array.of("b".charCodeAt(0), 0, 0, 0, 0, 0);

/** Number of bytes that are decrypted at a time. Deno allocates garbage of the same size. */
const GROUP = 64 * 1024;

const VERSION = Uint8Array.of(1);

/** Maximum number of session key packets that a reader accepts. */
const MAX_SESSION_KEYS = 100;

/** Maximum size in bytes of a session key packet: enough for an RSA key of 16,384 bits. */
const MAX_SESSION_KEY_BYTES = 2100;

/**
 * Encrypts `chunks` into one message. Chunks, in and out, are valid until the next one is requested.
 *
 * @param session Key of this message only.
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
 * **The bytes are yielded before they are authenticated**: a change of the message is detected only at its
 * end, by an error. A caller that uses the bytes earlier must be able to undo it; check a signed SHA-256 of
 * the message first.
 *
 * Chunks, in and out, are valid until the next one is requested.
 *
 * @throws The errors of `open`.
 * @throws {Damage} if the message is altered, truncated, followed by anything, or not in the form that is
 *   read.
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

/**
 * Returns the bodies of the session key packets at the beginning of a message, and reads nothing after them.
 *
 * @throws {Damage} if there are none, or more than a reader takes.
 */
export async function sessionKeyPackets(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  await using reader = new ByteReader(chunks, "The encrypted message");
  return (await readSessionKeys(reader)).sessionKeys;
}

/** Reads the bodies of the session key packets and the header of the encrypted data after them. */
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

/** Yields the data of the only packet in `plain`, which must be a literal data packet. */
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

/** Appends the modification detection code: the SHA-1 of everything that is encrypted before it. */
async function* withIntegrityCode(plain: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  const hash = createHash("sha1");
  for await (const chunk of plain) {
    hash.update(chunk);
    yield chunk;
  }
  yield CODE_HEADER;
  yield new Uint8Array(hash.update(CODE_HEADER).digest());
}

/**
 * Removes the modification detection code from the end, and checks it. The last chunk is yielded only if the
 * code is correct.
 */
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

/** Returns 16 random bytes, followed by the last two of them again. */
function randomPrefix(): Bytes {
  const prefix = new Uint8Array(PREFIX_BYTES);
  crypto.getRandomValues(prefix.subarray(0, 16));
  prefix.copyWithin(16, 14, 16);
  return prefix;
}
