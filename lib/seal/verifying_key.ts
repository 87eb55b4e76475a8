import { createHash } from "node:crypto";
import { Damage } from "../model/failure.ts";
import { TAG } from "./packet.ts";

/**
 * Packets of a host's public signing key in receipts, in the only form that is read: a version 4 Ed25519
 * (legacy) primary key, one user ID and its self-signature, each a packet in the new format (RFC 9580
 * sections 5.5.2 and 10.1.1). A key in another form is not computed with: an RSA key of 56,000 bits would
 * keep a reader busy for minutes.
 */
const PACKETS = [TAG.publicKey, TAG.userId, TAG.signature];

/** Maximum size of the key in bytes. */
const MAX_BYTES = 1500;

/**
 * Size of the body of the key packet: version 4, four bytes of time, algorithm 22, the curve's object
 * identifier, and a point of 263 bits.
 */
const KEY_BODY_BYTES = 51;
const VERSION = 4;
const ED25519_LEGACY = 22;
const CURVE_AND_LENGTH = Uint8Array.fromHex("092b06010401da470f01" + "0107" + "40");
const CURVE_AT = 6;

/**
 * Returns the fingerprint of the first packet of a public key, for any algorithm (RFC 9580 section 5.5.4.2).
 *
 * @throws {Damage} if there is no version 4 public key.
 */
export function fingerprintOf(publicKey: Uint8Array): string {
  const first = firstPacket(publicKey);
  if (publicKey.length > MAX_BYTES || first?.tag !== TAG.publicKey || first.body[0] !== VERSION) {
    throw new Damage("The signer's public key is not a key of the form that nightdrop makes");
  }
  const { body } = first;
  const head = Uint8Array.of(0x99, body.length >> 8, body.length & 0xff);
  return createHash("sha1").update(head).update(body).digest("hex");
}

/**
 * Refuses a public key in any other form than {@link PACKETS}.
 *
 * @throws {Damage} if it has another form.
 */
export function checkVerifyingKey(publicKey: Uint8Array): void {
  const tags: number[] = [];
  let rest = publicKey;
  while (rest.length > 0 && tags.length <= PACKETS.length) {
    const packet = firstPacket(rest);
    if (packet === undefined) break;
    tags.push(packet.tag);
    if (packet.tag === TAG.publicKey && !isEd25519(packet.body)) break;
    rest = packet.rest;
  }
  if (publicKey.length <= MAX_BYTES && rest.length === 0 && tags.join() === PACKETS.join()) return;
  throw new Damage("The signer's public key is not an Ed25519 key of the form that nightdrop makes");
}

function isEd25519(body: Uint8Array): boolean {
  return body.length === KEY_BODY_BYTES && body[0] === VERSION && body[CURVE_AT - 1] === ED25519_LEGACY &&
    CURVE_AND_LENGTH.every((byte, at) => body[CURVE_AT + at] === byte);
}

/**
 * Returns the first packet in `bytes`; undefined unless it is in the new format with the shortest length of
 * one or two octets.
 */
function firstPacket(
  bytes: Uint8Array,
): { readonly tag: number; readonly body: Uint8Array; readonly rest: Uint8Array } | undefined {
  const [head = 0, first = 255, second = 0] = bytes;
  if (head < 0xc0 || first >= 224) return undefined;
  const [start, length] = first < 192 ? [2, first] : [3, ((first - 192) << 8) + second + 192];
  const end = start + length;
  if (end > bytes.length) return undefined;
  return { tag: head & 0x3f, body: bytes.subarray(start, end), rest: bytes.subarray(end) };
}
