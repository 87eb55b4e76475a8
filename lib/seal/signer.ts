import type * as openpgp from "openpgp";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Damage, Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { formatClearSigned, isSignable, parseClearSigned } from "./clear_signed.ts";
import { ALWAYS } from "./key_file.ts";
import { checkVerifyingKey, fingerprintOf } from "./verifying_key.ts";

/** Signing key of a host. */
export interface Signer {
  /** Fingerprint: 40 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  /** Public key in binary. */
  readonly publicKey: Uint8Array;
  /**
   * Clear-signs a text. {@link verifySigned} returns it unchanged.
   *
   * @throws {TypeError} if a clear signature cannot cover it: it contains a line that ends in a space, a
   *   carriage return, a NUL or an unpaired surrogate.
   */
  sign(text: string, now: Date): Promise<string>;
}

/** Hashes that are accepted in signatures (RFC 9580 section 9.5), with their names in the armor. */
const HASHES: ReadonlyMap<openpgp.enums.hash, string> = new Map([
  [8, "SHA256"],
  [9, "SHA384"],
  [10, "SHA512"],
]);

/**
 * Creates a signing key for a host: version 4, Ed25519 in the form that every gpg supports, sign-only,
 * without expiry.
 *
 * @returns Private key in armor. It has no passphrase, because a host signs unattended.
 */
export async function generateSigner(host: string, now: Date): Promise<string> {
  const { generateKey } = await import("openpgp");
  const { privateKey } = await generateKey({
    type: "ecc",
    curve: "ed25519Legacy",
    userIDs: { name: `nightdrop on ${host}` },
    subkeys: [],
    date: now,
    format: "armored",
  });
  return privateKey;
}

/**
 * Reads a key of {@link generateSigner}, and tests it: a damaged key may still sign, but its signatures
 * cannot be verified.
 *
 * @param file Path of the key, for messages.
 * @throws {Misuse} if it is not such a key.
 */
export async function readSigner(armored: string, file = "signer.asc"): Promise<Signer> {
  const unusable = (why: string, cause?: unknown): Misuse =>
    new Misuse(`Cannot use the signing key "${file}": ${why}`, {
      hint:
        `Put the key back from a copy. Where there is none, remove the file: \`rm ${
          shellWord(file)
        }\`. The next ` +
        'backup then makes a new key, which you pin as "signer"',
      cause,
    });
  if (armored.trim() === "") throw unusable("it is empty");
  const { readPrivateKey } = await import("openpgp");
  const key = await readPrivateKey({ armoredKey: armored }).catch((cause) => {
    throw unusable("it is damaged, or not a private key", cause);
  });
  if (!key.isDecrypted()) throw unusable("it has a passphrase, which an unattended host cannot enter");
  const signer: Signer = {
    fingerprint: key.getFingerprint(),
    publicKey: key.toPublic().write(),
    sign: (text, now) => clearSign(key, text, now),
  };
  try {
    checkVerifyingKey(signer.publicKey);
  } catch (cause) {
    throw unusable(reason(cause), cause);
  }
  try {
    const signed = await signer.sign(PROBE, new Date());
    await verifySigned(signed, signer.publicKey, signer.fingerprint);
  } catch (cause) {
    throw unusable("its signatures cannot be verified, so it is damaged", cause);
  }
  return signer;
}

/** Text that tests a key. */
const PROBE = "nightdrop\n";

/** Clear-signs a text with the part of a key that signs, as {@link Signer.sign} does. */
export async function clearSign(key: openpgp.PrivateKey, text: string, now: Date): Promise<string> {
  if (!isSignable(text)) throw new TypeError("A clear signature cannot hold this text as it is");
  // A clock that was set back must not stop backups. A key cannot sign before its creation time.
  const date = new Date(Math.max(now.getTime(), key.getCreationTime().getTime()));
  const { createMessage, sign } = await import("openpgp");
  const message = await createMessage({ text });
  const binary = await sign({ message, signingKeys: key, detached: true, date, format: "binary" });
  const signature = binary as Uint8Array;
  const hash = (await readSignature(signature)).hashAlgorithm!;
  return formatClearSigned({ text, hash: HASHES.get(hash)!, signature });
}

/**
 * Returns the unverified text of a clear-signed message, to find the key that verifies it.
 *
 * @throws {Damage} if `signed` is not exactly one clear-signed message.
 */
export function signedText(signed: string): string {
  return parseClearSigned(signed).text;
}

/**
 * Verifies a clear-signed message of a {@link Signer}: nothing before or after it, and one signature by
 * exactly this key, which was valid when it signed.
 *
 * @param publicKey Public key in binary.
 * @param fingerprint Expected fingerprint of the key, in lower case.
 * @returns Text exactly as it was signed. The time in the signature is not used.
 * @throws {Damage} if anything differs.
 */
export async function verifySigned(
  signed: string,
  publicKey: Uint8Array,
  fingerprint: string,
): Promise<string> {
  const { text, hash, signature } = parseClearSigned(signed);
  const key = await knownKey(publicKey, fingerprint);
  const packet = await readSignature(signature);
  if (HASHES.get(packet.hashAlgorithm!) !== hash) {
    throw new Damage("The signature is not made with the hash it names");
  }
  if (packet.issuerKeyID.toHex() !== fingerprint.slice(-16)) {
    throw new Damage("The signature was made by another key");
  }
  await verify(text, signature, key);
  return text;
}

/** Keys that are kept: reading one takes longer than to verify a signature by it, and a host's receipts have the same one. */
const MAX_KEYS = 100;

const knownKeys = new Map<string, openpgp.PublicKey>();

async function knownKey(binary: Uint8Array, fingerprint: string): Promise<openpgp.PublicKey> {
  const name = `${fingerprint} ${Buffer.from(binary).toString("base64")}`;
  const key = knownKeys.get(name) ?? await readPublicKey(binary, fingerprint);
  if (knownKeys.size === MAX_KEYS) knownKeys.clear();
  knownKeys.set(name, key);
  return key;
}

/**
 * Reads the public key. The fingerprint is compared first, then the algorithm: a key that must not be used is
 * not computed with.
 */
async function readPublicKey(binary: Uint8Array, fingerprint: string): Promise<openpgp.PublicKey> {
  if (fingerprintOf(binary) !== fingerprint) {
    throw new Damage("The signer's public key has another fingerprint");
  }
  checkVerifyingKey(binary);
  const { readKeys } = await import("openpgp");
  const keys = await readKeys({ binaryKeys: binary }).catch((cause) => {
    throw new Damage(`The signer's public key cannot be read: ${reason(cause)}`, { cause });
  });
  const [key] = keys;
  if (keys.length !== 1 || key!.getFingerprint() !== fingerprint) {
    throw new Damage("The signer's public key is not one public key");
  }
  // The fingerprint does not cover how lengths are encoded.
  if (!Buffer.from(binary).equals(key!.write())) {
    throw new Damage("The signer's public key is not in the form that nightdrop writes");
  }
  return key!;
}

/** Returns the only packet in `binary`, a version 4 signature of a text in its only valid encoding. */
async function readSignature(binary: Uint8Array): Promise<openpgp.SignaturePacket> {
  const { enums, readSignature, SignaturePacket } = await import("openpgp");
  const { packets } = await readSignature({ binarySignature: binary }).catch((cause) => {
    throw new Damage(`The signature cannot be read: ${reason(cause)}`, { cause });
  });
  const packet = packets[0];
  const isPlain = packets.length === 1 && packet instanceof SignaturePacket && packet.version === 4 &&
    packet.signatureType === enums.signature.text && packet.unhashedSubpackets.length === 0 &&
    packet.signatureNeverExpires;
  if (!isPlain || !Buffer.from(binary).equals(packets.write())) {
    throw new Damage("The signature is not of the form that nightdrop makes");
  }
  return packet;
}

async function verify(text: string, binary: Uint8Array, key: openpgp.PublicKey): Promise<void> {
  const openpgp = await import("openpgp");
  const message = await openpgp.createMessage({ text });
  const signature = await openpgp.readSignature({ binarySignature: binary });
  Object.assign(signature.packets[0]!, { hashed: digestOf(text, signature.packets[0] as HashedPacket) });
  try {
    // The expiry of the key is checked at the time of the signature; a signature with an expiry was refused before.
    const { signatures } = await openpgp.verify({ message, signature, verificationKeys: key, date: ALWAYS });
    await signatures[0]!.verified;
  } catch (cause) {
    throw new Damage(`The signature does not fit the text: ${reason(cause)}`, { cause });
  }
}

/** A signature packet with the bytes of it that the signature covers. OpenPGP.js has no type for them. */
type HashedPacket = openpgp.SignaturePacket & { readonly signatureData: Uint8Array };

/** Characters that are hashed at a time. */
const AT_A_TIME = 64 * 1024;

/**
 * Returns the digest that a version 4 signature of a text signs (RFC 9580 section 5.2.4). OpenPGP.js computes it only where
 * `hashed` is not set, and then holds five copies of the text.
 */
function digestOf(text: string, { hashAlgorithm, signatureData }: HashedPacket): Uint8Array {
  const hash = createHash(HASHES.get(hashAlgorithm!)!);
  for (let at = 0; at < text.length;) {
    const end = at + AT_A_TIME + (isHighSurrogate(text.charCodeAt(at + AT_A_TIME - 1)) ? 1 : 0);
    hash.update(text.slice(at, end).replaceAll("\n", "\r\n"));
    at = end;
  }
  const trailer = Buffer.from([signatureData[0]!, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(signatureData.length, 2);
  return hash.update(signatureData).update(trailer).digest();
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}
