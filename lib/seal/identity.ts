import type * as openpgp from "openpgp";
import { Misuse, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { Secret } from "../model/secret.ts";
import { preferCommonDigests } from "./digest_preferences.ts";
import { type OpeningKey, openingKeyOf } from "./opening_key.ts";
import { ownerSignerOf } from "./owner_signer.ts";
import type { Signer } from "./signer.ts";
import { describeKeys, readKeyFile, userId } from "./key_file.ts";
import { plainKey } from "./plain_key.ts";

/** Private key of an identity file. */
export interface Identity {
  /** Fingerprint of the primary key, in hexadecimal. */
  readonly fingerprint: string;
  /** First user id, escaped for messages. */
  readonly userId: string;
  /** Parts (the primary key or subkeys) that could decrypt messages but are locked, each with its reason. */
  readonly locked: readonly LockedPart[];
  /** Whether at least one part can decrypt messages. */
  readonly opens: boolean;
  /** @internal Unlocks the part that signs; undefined if none can. */
  readonly signer: () => Promise<Signer | undefined>;
  /** @internal The key, without its locked parts. */
  readonly key: OpeningKey;
}

/** Part of a private key that cannot be used. */
export interface LockedPart {
  /** Key id in hexadecimal. */
  readonly keyId: string;
  /** Reason, as it follows a colon. */
  readonly reason: string;
  /** Next step, as an imperative. */
  readonly hint: string;
}

/** Returns the passphrase of a file; undefined if there is none. */
export type AskPassphrase = () => Promise<Secret | undefined> | Secret | undefined;

/**
 * Reads all private keys in a file, and unlocks their parts if possible. Expired and revoked keys can still
 * decrypt what was encrypted to them.
 *
 * @param options `passphrase` is called at most once, and only if a part that decrypts messages is protected.
 * @throws {Misuse} if the file contains no private key.
 */
export async function readIdentities(
  file: Uint8Array,
  options: { readonly name: string; readonly passphrase?: AskPassphrase | undefined },
): Promise<Identity[]> {
  const whole = async (): Promise<openpgp.PrivateKey> => (await readAny(file, options))[0]!.key.whole();
  const plain = plainKey(file, whole);
  if (plain === undefined) return await readAny(file, options);
  const { binary, ...key } = plain;
  return [{ ...key, locked: [], opens: true, signer: ownerSignerOf(binary, undefined) }];
}

async function readAny(
  file: Uint8Array,
  { name, passphrase }: Parameters<typeof readIdentities>[1],
): Promise<Identity[]> {
  const keys = privateKeys(await readKeyFile(file, name, { tolerant: true }), name);
  const secret = keys.some(isProtected) ? await passphrase?.() : undefined;
  return await Promise.all(keys.map((key) => unlock(key, secret)));
}

/**
 * Returns the identities if at least one of them can decrypt messages.
 *
 * @throws {Misuse} if none can, with the reason of each.
 */
export function requireUnlocked(identities: readonly Identity[]): readonly Identity[] {
  if (identities.some(({ opens }) => opens)) return identities;
  const [first] = identities.flatMap(({ locked }) => locked);
  throw new Misuse("Cannot unlock a private key:", {
    details: identities.map(describeIdentity),
    hint: first?.hint ?? "Give a key with an encryption subkey: `gpg --list-secret-keys` shows [E] beside it",
  });
}

/** Returns an identity and the state of each locked part, for messages. */
export function describeIdentity({ fingerprint, userId, locked, opens }: Identity): string {
  const parts = locked.map(({ keyId, reason }) => `key id ${keyId}: ${reason}`);
  if (parts.length === 0 && !opens) parts.push("it has no subkey that can decrypt");
  return `${fingerprint} (${userId})${parts.map((it) => `, ${it}`).join("")}`;
}

function privateKeys(keys: readonly openpgp.Key[], name: string): openpgp.PrivateKey[] {
  const found = keys.filter((it) => it.isPrivate());
  if (found.length > 0) return found;
  throw new Misuse(`"${name}" holds only the public key ${describeKeys(keys)}`, {
    hint: `Export the private key: \`gpg --export-secret-keys --armor ${keys[0]?.getFingerprint()}\``,
  });
}

/**
 * Unlocks each part separately, as gpg does: subkeys can have a passphrase of their own, be on a smart card,
 * or be missing in the export. Parts that only sign are not needed.
 */
async function unlock(key: openpgp.PrivateKey, passphrase: Secret | undefined): Promise<Identity> {
  const signer = ownerSignerOf(key.write(), passphrase);
  const locked: LockedPart[] = [];
  const unlocked = new Set<unknown>();
  for (const part of openingParts(key)) {
    const problem = await unlockPart(part, passphrase);
    if (problem === undefined) unlocked.add(part);
    else locked.push({ keyId: part.getKeyID().toHex(), ...problem });
  }
  return {
    fingerprint: key.getFingerprint(),
    userId: userId(key),
    locked,
    opens: unlocked.size > 0,
    signer,
    key: openingKeyOf(onlyParts(key, unlocked)),
  };
}

/**
 * Removes all other parts of a key. If a message hides its recipient, openpgp.js fails at the first locked
 * part.
 */
function onlyParts(key: openpgp.PrivateKey, parts: ReadonlySet<unknown>): openpgp.PrivateKey {
  key.subkeys = key.subkeys.filter(({ keyPacket }) => parts.has(keyPacket));
  const primary = key.keyPacket as SecretPart;
  if (!parts.has(primary) && !primary.isDecrypted()) primary.makeDummy();
  return key;
}

async function unlockPart(
  part: SecretPart,
  passphrase: Secret | undefined,
): Promise<Omit<LockedPart, "keyId"> | undefined> {
  if (part.isDummy() || part.isMissingSecretKeyMaterial()) return elsewhere(part);
  if (part.isDecrypted()) return undefined;
  if (passphrase === undefined) {
    return {
      reason: "it is protected by a passphrase, and none is given",
      hint: "Give the passphrase: set NIGHTDROP_PASSPHRASE, or add --passphrase-file FILE",
    };
  }
  try {
    await part.decrypt(passphrase.reveal());
    await part.validate();
    return undefined;
  } catch (error) {
    if (/Incorrect key passphrase/.test(reason(error))) {
      return {
        reason: "the passphrase is wrong",
        hint: "Try again with the passphrase that `gpg` asks for; a subkey can have its own",
      };
    }
    return { reason: printable(reason(error)), hint: EXPORT_AGAIN };
  }
}

const EXPORT_AGAIN =
  "Import the key into a current gpg and export it again: `gpg --import FILE`, then `gpg --export-secret-keys --armor FINGERPRINT`";

/**
 * Returns the reason for a part that cannot be unlocked here: a GnuPG stub (S2K type 101), whose key is on a
 * card or not in the export, or a protection that is not supported.
 */
function elsewhere(part: SecretPart): Omit<LockedPart, "keyId"> {
  const stub = part.isDummy() || /GNU/.test(String.fromCharCode(...part.unparseableKeyMaterial ?? []));
  return stub
    ? {
      reason: "its secret parts are not in the file",
      hint: "It may be on a smart card or in another keyring: export it where it is",
    }
    : { reason: "the protection of its secret part is not supported", hint: EXPORT_AGAIN };
}

/** Members that the types of openpgp.js 6.3 do not declare, or not for both classes of secret parts. */
type SecretPart = openpgp.SecretKeyPacket & {
  isMissingSecretKeyMaterial(): boolean;
  readonly unparseableKeyMaterial?: Uint8Array;
};

/** Public-key algorithms that encrypt: RSA, Elgamal, ECDH, X25519, X448 (RFC 9580 section 9.1). */
const ENCRYPTING: ReadonlySet<openpgp.enums.publicKey> = new Set([1, 2, 16, 18, 25, 26]);

function openingParts(key: openpgp.PrivateKey): SecretPart[] {
  const parts = key.getKeys().map(({ keyPacket }) => keyPacket as SecretPart);
  const opening = parts.filter(({ algorithm }) => ENCRYPTING.has(algorithm));
  // A key that consists of stubs only is reported as such.
  return opening.length > 0 ? opening : parts.filter((part) => part.isMissingSecretKeyMaterial());
}

function isProtected(key: openpgp.PrivateKey): boolean {
  return openingParts(key).some((part) => !part.isMissingSecretKeyMaterial() && !part.isDecrypted());
}

/**
 * Largest number of iterations to derive a key from a passphrase (RFC 9580 section 3.7.1.3): 65,011,712 bytes
 * are hashed.
 */
const SLOWEST_S2K = 255;

/** New key pair in armor. */
export interface NewIdentity {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/**
 * Creates a key pair for backups that every gpg can use: version 4, Ed25519 with a Curve25519 encryption
 * subkey. It never expires, because a backup may be needed at any time.
 *
 * @param options `name` is the user id, such as `Backups <backups@example.org>`.
 * @throws {Misuse} if the passphrase is empty.
 */
export async function generateIdentity(
  options: { readonly name: string; readonly passphrase?: Secret | undefined; readonly now: Date },
): Promise<NewIdentity> {
  const passphrase = options.passphrase?.reveal();
  if (passphrase === "") throw new Misuse("The passphrase is empty", { hint: "Give one, or none at all" });
  const { encryptKey, generateKey } = await import("openpgp");
  const { privateKey } = await generateKey({
    type: "ecc",
    curve: "ed25519Legacy",
    userIDs: { name: options.name },
    date: options.now,
    format: "object",
  });
  await preferCommonDigests(privateKey);
  const config = { s2kIterationCountByte: SLOWEST_S2K };
  const locked = passphrase === undefined ? privateKey : await encryptKey({ privateKey, passphrase, config });
  return {
    privateKey: locked.armor(),
    publicKey: privateKey.toPublic().armor(),
    fingerprint: privateKey.getFingerprint(),
  };
}
