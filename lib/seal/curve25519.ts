/**
 * Session keys that are encrypted with ECDH over Curve25519 (RFC 9580 sections 5.1.5 and 11.5), decrypted by `node:crypto`.
 * OpenPGP.js takes ten times as long for each, and a command may open the indexes of hundreds of snapshots.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from "node:crypto";

/** Unlocked private key, in the form of its packets (RFC 9580 section 5.5.5.4). */
export interface Curve25519Key {
  /** Fingerprint of the key or subkey, in binary. */
  readonly fingerprint: Uint8Array;
  /** Public point: an octet 0x40 and the coordinate. */
  readonly point: Uint8Array;
  /** Secret scalar, big-endian, 32 bytes. */
  readonly secret: Uint8Array;
  /** Hash that derives the key for unwrapping, by its number. */
  readonly hash: number;
  /** Cipher that unwraps, by its number. */
  readonly cipher: number;
}

/** Decrypts the AES-256 session key in the body of a packet; undefined if it is damaged or has another form. */
export type Curve25519Opener = (packet: Uint8Array) => Uint8Array | undefined;

/** Number of the algorithm ECDH. */
export const ECDH = 18;

/** Object identifier of Curve25519 (legacy), after its length. */
export const CURVE25519 = Buffer.from("0a2b060104019755010501", "hex");

/** Length of a point in bits, and the octet before its coordinate. */
export const POINT_HEAD = Buffer.from("010740", "hex");

/** Positions in the body of a packet, which begins with its version and a key id. */
const [ALGORITHM_AT, POINT_AT, COORDINATE_AT, WRAPPED_AT] = [9, 10, 13, 45];

/** Size of a session key for AES-256 with its algorithm, checksum and padding, wrapped. */
const WRAPPED_BYTES = 48;

/** Initial value for wrapping keys (RFC 3394 section 2.2.3.1). */
const WRAP_IV = Buffer.alloc(8, 0xa6);

/** Beginnings of keys in DER (RFC 8410). */
const PRIVATE_DER = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_DER = Buffer.from("302a300506032b656e032100", "hex");

/** Hashes and ciphers, by their numbers (RFC 9580 sections 9.3 and 9.5). */
const HASHES: Readonly<Record<number, string>> = { 8: "sha256", 9: "sha384", 10: "sha512" };
const CIPHERS: Readonly<Record<number, readonly [name: string, bytes: number]>> = {
  7: ["aes128-wrap", 16],
  8: ["aes192-wrap", 24],
  9: ["aes256-wrap", 32],
};

/** Whether the body of a packet has the only form in which an AES-256 key for Curve25519 is written. */
export function isCurve25519(packet: Uint8Array): boolean {
  return packet.length === WRAPPED_AT + 1 + WRAPPED_BYTES && packet[ALGORITHM_AT] === ECDH &&
    packet[WRAPPED_AT] === WRAPPED_BYTES && POINT_HEAD.every((byte, at) => packet[POINT_AT + at] === byte);
}

/** Returns the opener of a key; undefined if its parts do not fit or its algorithms are not known. */
export function curve25519Opener(key: Curve25519Key): Curve25519Opener | undefined {
  const [hash, cipher] = [HASHES[key.hash], CIPHERS[key.cipher]];
  if (hash === undefined || cipher === undefined) return undefined;
  const privateKey = privateKeyOf(key.secret);
  if (!pointOf(privateKey).equals(key.point)) return undefined;
  const parameters = Buffer.concat([
    CURVE25519,
    Uint8Array.of(ECDH, 3, 1, key.hash, key.cipher),
    Buffer.from("Anonymous Sender    "),
    key.fingerprint,
  ]);
  return (packet) => {
    if (!isCurve25519(packet)) return undefined;
    try {
      const publicKey = publicKeyOf(packet.subarray(COORDINATE_AT, WRAPPED_AT));
      const shared = diffieHellman({ privateKey, publicKey });
      const digest = createHash(hash).update(Uint8Array.of(0, 0, 0, 1)).update(shared).update(parameters)
        .digest();
      return sessionKeyIn(unwrapped(packet.subarray(WRAPPED_AT + 1), digest, cipher));
    } catch {
      return undefined;
    }
  };
}

function privateKeyOf(secret: Uint8Array): KeyObject {
  const key = Buffer.concat([PRIVATE_DER, Uint8Array.from(secret).reverse()]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

function publicKeyOf(coordinate: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([PUBLIC_DER, coordinate]), format: "der", type: "spki" });
}

function pointOf(privateKey: KeyObject): Buffer {
  const { x } = privateKey.export({ format: "jwk" });
  return Buffer.concat([POINT_HEAD.subarray(2), Buffer.from(x!, "base64url")]);
}

function unwrapped(wrapped: Uint8Array, key: Buffer, [name, bytes]: readonly [string, number]): Buffer {
  const decipher = createDecipheriv(name, key.subarray(0, bytes), WRAP_IV);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

/** Returns the key in what was wrapped: its algorithm, the key, the sum of its octets, padding. */
function sessionKeyIn(text: Buffer): Uint8Array | undefined {
  const key = text.subarray(1, 33);
  const sum = key.reduce((sum, octet) => sum + octet, 0);
  const isGood = text.length === 40 && text[0] === 9 && text.readUInt16BE(33) === sum &&
    text.subarray(35).every((octet) => octet === 5);
  return isGood ? Uint8Array.from(key) : undefined;
}
