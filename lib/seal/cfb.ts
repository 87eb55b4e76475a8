/**
 * AES-256 in cipher feedback mode as in OpenPGP (RFC 9580 section 5.13.1): C[i] = P[i] ^ E(C[i-1]), where
 * C[-1] is zero. Neither WebCrypto nor the fast half of `node:crypto` supports this mode
 * (https://github.com/openpgpjs/openpgpjs/pull/820), but both can compute its keystream.
 *
 * @module
 */
import { createCipheriv } from "node:crypto";
import { release } from "../buffers/release.ts";
import { borrow, giveBack } from "../buffers/scratch.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 16;

/** Number of bytes that are processed at a time: a multiple of {@link BLOCK}. */
const GROUP = 2 ** 18;

/**
 * Encrypts `plain`. With X[i] = E(C[i]), the definition becomes X[i] = E(P[i] ^ X[i-1]), which is AES-CBC
 * over the plain text with X[-1] = E(0) as its initial vector; then C[i] = P[i] ^ X[i-1]. WebCrypto computes
 * X outside of the main thread, while the next group is collected and the previous one is finished.
 *
 * Chunks, in and out, are valid until the next one is requested.
 */
export async function* encryptCfb(key: Bytes, plain: AsyncIterable<Uint8Array>): AsyncGenerator<Bytes> {
  const aes = await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["encrypt"]);
  const cbc = async (iv: Bytes, bytes: Bytes): Promise<Bytes> =>
    new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CBC", iv }, aes, bytes));
  const first = (await cbc(new Uint8Array(BLOCK), new Uint8Array(BLOCK))).slice(0, BLOCK);
  let running: { group: Bytes; before: Bytes; keystream: Promise<Bytes> } | undefined;
  const buffers: [Bytes, Bytes] = [borrow(GROUP), borrow(GROUP)];
  try {
    for await (const group of regroup(plain, buffers)) {
      const keystream = await running?.keystream;
      const before = keystream?.slice(GROUP - BLOCK, GROUP) ?? first;
      const next = { group, before, keystream: cbc(before, group) };
      if (running && keystream) yield applyKeystream(running.group, running.before, keystream);
      running = next;
    }
    if (running) yield applyKeystream(running.group, running.before, await running.keystream);
  } finally {
    await running?.keystream; // no call is still running after an error of the source
    for (const buffer of buffers) giveBack(buffer);
  }
}

/**
 * Decrypts `cipherText`: P[i] = C[i] ^ E(C[i-1]), with the keystream E(C) by AES-ECB.
 *
 * Input chunks are valid until the next one is requested, output chunks until the second next one is. Output
 * chunks lie in `groups`, two buffers of one size, a multiple of 16.
 */
export async function* decryptCfb(
  key: Uint8Array,
  cipherText: AsyncIterable<Uint8Array>,
  groups: readonly [Bytes, Bytes],
): AsyncGenerator<Bytes> {
  const ecb = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  let before = new Uint8Array(ecb.update(new Uint8Array(BLOCK)));
  try {
    for await (const group of regroup(cipherText, groups)) {
      const wholeBlocks = group.subarray(0, group.length - group.length % BLOCK);
      const keystream = ecb.update(wholeBlocks) as Bytes;
      const last = Uint8Array.from(keystream.subarray(-BLOCK)); // a slice of a Buffer is no copy
      yield applyKeystream(group, before, keystream);
      before = last;
    }
  } finally {
    ecb.final(); // only this makes Deno free the cipher
  }
}

/**
 * XORs `group` in place with the keystream shifted by one block (`before`, then all but its end). Overwrites
 * the keystream.
 */
function applyKeystream(group: Bytes, before: Bytes, keystream: Bytes): Bytes {
  const words = Math.ceil(group.length / 8); // the buffer of a short group is longer than the group
  const text = new BigUint64Array(group.buffer, 0, words);
  const stream = new BigUint64Array(keystream.buffer, keystream.byteOffset, keystream.length / 8);
  const [first, second] = new BigUint64Array(before.buffer);
  text[0]! ^= first!;
  if (words > 1) text[1]! ^= second!;
  for (let at = 2; at < words; at++) text[at]! ^= stream[at - 2]!;
  release(keystream);
  return group;
}

/**
 * Copies chunks into groups, the last of which may be shorter. A group is valid until the second next one is
 * requested: it is one of the two buffers, which have the same size.
 */
async function* regroup(
  chunks: AsyncIterable<Uint8Array>,
  [group, other]: readonly [Bytes, Bytes],
): AsyncGenerator<Bytes> {
  let filled = 0;
  for await (let chunk of chunks) {
    while (chunk.length > 0) {
      const piece = chunk.subarray(0, group.length - filled);
      group.set(piece, filled);
      filled += piece.length;
      chunk = chunk.subarray(piece.length);
      if (filled < group.length) continue;
      yield group;
      [group, other] = [other, group];
      filled = 0;
    }
  }
  if (filled > 0) yield group.subarray(0, filled);
}
