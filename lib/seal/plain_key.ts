/**
 * Private keys in the form in which `keygen` and gpg write them by default, without a passphrase: they are read without
 * OpenPGP.js, which takes a quarter of the time of a `cat` to load.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { printable } from "../model/printable.ts";
import {
  CURVE25519,
  type Curve25519Key,
  type Curve25519Opener,
  curve25519Opener,
  ECDH,
  POINT_HEAD,
} from "./curve25519.ts";
import type { OpeningKey } from "./opening_key.ts";
import { TAG } from "./packet.ts";
import { type Packet, packetsIn } from "./packet_list.ts";

/** The only armor block of a file: header lines, an empty line, base64, and a checksum that no reader needs to check. */
const ARMOR =
  /^-----BEGIN PGP PRIVATE KEY BLOCK-----\r?\n(?:\w+: .*\n)*\r?\n([A-Za-z0-9+/\r\n]+={0,2}\r?\n)(?:=[A-Za-z0-9+/]{4}\r?\n)?-----END PGP PRIVATE KEY BLOCK-----\s*$/;

/** Algorithm and curve of the primary key: Ed25519 (legacy). */
const SIGNING = Buffer.from("16092b06010401da470f01", "hex");
const OPENING = Buffer.concat([Uint8Array.of(ECDH), CURVE25519]);

const ALGORITHM_AT = 5;

/** Version of the parameters for deriving keys, and their length. */
const KDF_HEAD = Buffer.from("0301", "hex");

/** Private key without a passphrase. */
export interface PlainKey {
  /** Fingerprint of the primary key, in hexadecimal. */
  readonly fingerprint: string;
  /** First user id, escaped for messages. */
  readonly userId: string;
  /** Packets of the key. */
  readonly binary: Uint8Array;
  readonly key: OpeningKey;
}

/**
 * Returns the only private key of a file; undefined if OpenPGP.js must read it: it has another form, a passphrase, or is damaged.
 * That the key signs its subkeys is not verified: the owner's file is trusted, and whatever it decrypts has signed digests.
 *
 * @param whole Reads the file with OpenPGP.js.
 */
export function plainKey(file: Uint8Array, whole: OpeningKey["whole"]): PlainKey | undefined {
  const binary = binaryOf(file);
  const packets = binary && packetsIn(binary);
  const [primary, ...parts] = packets?.filter(({ tag }) => tag !== TAG.userId && tag !== TAG.signature) ?? [];
  const user = packets?.find(({ tag }) => tag === TAG.userId);
  if (primary?.tag !== TAG.secretKey || user === undefined || !isSigned(packets!)) return undefined;
  const signing = partOf(primary, SIGNING, 0);
  const openers = new Map(parts.map(openerIn));
  if (signing === undefined || openers.size === 0 || openers.has(undefined)) return undefined;
  const keyIds = [signing.keyId, ...openers.keys()] as string[];
  return {
    fingerprint: signing.fingerprint.toString("hex"),
    userId: printable(user.body.toString()),
    binary: binary!,
    key: { keyIds, usable: keyIds, opener: (keyId) => Promise.resolve(openers.get(keyId)), whole },
  };
}

function binaryOf(file: Uint8Array): Buffer | undefined {
  if ((file[0] ?? 0) >= 0x80) return Buffer.from(file);
  const base64 = ARMOR.exec(Buffer.from(file).toString("latin1"))?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64");
}

/** Whether a signature follows each user id and each subkey. */
function isSigned(packets: readonly Packet[]): boolean {
  return packets.every(({ tag }, at) => {
    return (tag !== TAG.userId && tag !== TAG.secretSubkey) || packets[at + 1]?.tag === TAG.signature;
  });
}

/** Part of a key: a packet with the point and the secret number of a curve. */
interface Part extends Omit<Curve25519Key, "hash" | "cipher"> {
  readonly fingerprint: Buffer;
  readonly keyId: string;
  /** Parameters for deriving keys. */
  readonly derivation: Buffer;
}

/** Returns a part; undefined if it is protected or has another algorithm. */
function partOf({ body }: Packet, algorithm: Buffer, derivationBytes: number): Part | undefined {
  const pointAt = ALGORITHM_AT + algorithm.length;
  const derivationAt = pointAt + POINT_HEAD.length + 32;
  const secretAt = derivationAt + derivationBytes;
  const isOurs = body[0] === 4 && body.subarray(ALGORITHM_AT, pointAt).equals(algorithm) &&
    body.subarray(pointAt).subarray(0, POINT_HEAD.length).equals(POINT_HEAD) && body[secretAt] === 0;
  const secret = isOurs ? secretIn(body.subarray(secretAt + 1)) : undefined;
  if (secret === undefined) return undefined;
  const fingerprint = createHash("sha1")
    .update(Uint8Array.of(0x99, 0, secretAt)).update(body.subarray(0, secretAt)).digest();
  return {
    fingerprint,
    keyId: fingerprint.toString("hex", 12),
    point: body.subarray(pointAt + 2, derivationAt),
    derivation: body.subarray(derivationAt, secretAt),
    secret,
  };
}

/** Returns the number before its checksum, filled up to 32 bytes (RFC 9580 section 5.5.3). */
function secretIn(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 4) return undefined;
  const end = 2 + ((bytes.readUInt16BE(0) + 7) >> 3);
  const sum = bytes.subarray(0, end).reduce((sum, octet) => sum + octet, 0) & 0xffff;
  if (end > 34 || end + 2 !== bytes.length || bytes.readUInt16BE(end) !== sum) return undefined;
  return Buffer.concat([Buffer.alloc(34 - end), bytes.subarray(2, end)]);
}

/** Returns the key id and the opener of a subkey; without the id if it has none. */
function openerIn(packet: Packet): [keyId: string | undefined, opener: Curve25519Opener | undefined] {
  const part = packet.tag === TAG.secretSubkey ? partOf(packet, OPENING, KDF_HEAD.length + 2) : undefined;
  const [hash = 0, cipher = 0] = part?.derivation.subarray(KDF_HEAD.length) ?? [];
  const isKnown = part?.derivation.subarray(0, KDF_HEAD.length).equals(KDF_HEAD);
  const opener = isKnown ? curve25519Opener({ ...part!, hash, cipher }) : undefined;
  return [opener && part!.keyId, opener];
}
