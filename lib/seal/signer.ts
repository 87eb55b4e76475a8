import * as openpgp from "openpgp";
import { Buffer } from "node:buffer";
import { Damage, Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { formatClearSigned, isSignable, parseClearSigned } from "./clear_signed.ts";
import { ALWAYS } from "./key_file.ts";
import { checkVerifyingKey, fingerprintOf } from "./verifying_key.ts";

/** A host's signing key. */
export interface Signer {
  /** 40 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  /** The public key in binary. */
  readonly publicKey: Uint8Array;
  /**
   * Clear-signs a text, which comes back from {@link verifySigned} exactly as it is.
   *
   * @throws {TypeError} when a clear signature cannot hold it: it has a line that ends in a blank, or a carriage
   * return, a NUL or half a surrogate pair.
   */
  sign(text: string, now: Date): Promise<string>;
}

/** Hashes of a signature that are good enough, with their names in the armor. */
const HASHES: ReadonlyMap<openpgp.enums.hash, string> = new Map([
  [openpgp.enums.hash.sha256, "SHA256"],
  [openpgp.enums.hash.sha384, "SHA384"],
  [openpgp.enums.hash.sha512, "SHA512"],
]);

/**
 * Makes a signing key for a host: version 4, Ed25519 in the form that every gpg knows, sign-only, never expiring.
 *
 * @returns the private key in armor. It has no passphrase: a host signs unattended.
 */
export async function generateSigner(host: string, now: Date): Promise<string> {
  const { privateKey } = await openpgp.generateKey({
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
 * Reads what {@link generateSigner} made, and tries it: a damaged key may still sign, but its signatures cannot be verified.
 *
 * @param file where the key is kept, for messages.
 * @throws {Misuse} when it is something else.
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
  const key = await openpgp.readPrivateKey({ armoredKey: armored }).catch((cause) => {
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

/** Text that a key is tried with. */
const PROBE = "nightdrop\n";

/** Clear-signs a text with the part of a key that signs, as {@link Signer.sign} does. */
export async function clearSign(key: openpgp.PrivateKey, text: string, now: Date): Promise<string> {
  if (!isSignable(text)) throw new TypeError("A clear signature cannot hold this text as it is");
  // A clock that was set back must not stop backups: no key signs before it was made.
  const date = new Date(Math.max(now.getTime(), key.getCreationTime().getTime()));
  const message = await openpgp.createMessage({ text });
  const binary = await openpgp.sign({ message, signingKeys: key, detached: true, date, format: "binary" });
  const signature = binary as Uint8Array;
  const hash = (await readSignature(signature)).hashAlgorithm!;
  return formatClearSigned({ text, hash: HASHES.get(hash)!, signature });
}

/**
 * Returns the unverified text of a clear-signed message, to find the key that verifies it.
 *
 * @throws {Damage} when `signed` is not exactly one clear-signed message.
 */
export function signedText(signed: string): string {
  return parseClearSigned(signed).text;
}

/**
 * Verifies a clear-signed message of a {@link Signer}: nothing before or behind it, one signature by that very key,
 * which was valid then.
 *
 * @param publicKey in binary.
 * @param fingerprint that the key must have, in lower case.
 * @returns the text exactly as it was signed. Nothing is concluded from the time that the signature names.
 * @throws {Damage} when it is anything else.
 */
export async function verifySigned(
  signed: string,
  publicKey: Uint8Array,
  fingerprint: string,
): Promise<string> {
  const { text, hash, signature } = parseClearSigned(signed);
  const key = await readPublicKey(publicKey, fingerprint);
  const packet = await readSignature(signature);
  if (HASHES.get(packet.hashAlgorithm!) !== hash) {
    throw new Damage("The signature is not made with the hash it names");
  }
  if (packet.issuerKeyID.toHex() !== fingerprint.slice(-16)) {
    throw new Damage("The signature is by another key");
  }
  await verify(text, signature, key);
  return text;
}

/** The fingerprint comes first, and then the algorithm: nothing is computed with a key that is not to be used. */
async function readPublicKey(binary: Uint8Array, fingerprint: string): Promise<openpgp.PublicKey> {
  if (fingerprintOf(binary) !== fingerprint) {
    throw new Damage("The signer's public key has another fingerprint");
  }
  checkVerifyingKey(binary);
  const keys = await openpgp.readKeys({ binaryKeys: binary }).catch((cause) => {
    throw new Damage(`The signer's public key cannot be read: ${reason(cause)}`, { cause });
  });
  const [key] = keys;
  if (keys.length !== 1 || key!.getFingerprint() !== fingerprint) {
    throw new Damage("The signer's public key is not one public key");
  }
  return key!;
}

/** The only packet in `binary`, a version 4 signature of a text in the only way to write it. */
async function readSignature(binary: Uint8Array): Promise<openpgp.SignaturePacket> {
  const { packets } = await openpgp.readSignature({ binarySignature: binary }).catch((cause) => {
    throw new Damage(`The signature cannot be read: ${reason(cause)}`, { cause });
  });
  const packet = packets[0];
  const isPlain = packets.length === 1 && packet instanceof openpgp.SignaturePacket && packet.version === 4 &&
    packet.signatureType === openpgp.enums.signature.text && packet.unhashedSubpackets.length === 0 &&
    packet.signatureNeverExpires;
  if (!isPlain || !Buffer.from(binary).equals(packets.write())) {
    throw new Damage("The signature is not of the form that nightdrop makes");
  }
  return packet;
}

async function verify(text: string, binary: Uint8Array, key: openpgp.PublicKey): Promise<void> {
  const message = await openpgp.createMessage({ text });
  const signature = await openpgp.readSignature({ binarySignature: binary });
  try {
    // The key's expiry is judged at the time of the signature; that of the signature was judged by its form.
    const { signatures } = await openpgp.verify({ message, signature, verificationKeys: key, date: ALWAYS });
    await signatures[0]!.verified;
  } catch (cause) {
    throw new Damage(`The signature does not fit the text: ${reason(cause)}`, { cause });
  }
}
