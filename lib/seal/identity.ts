import * as openpgp from "openpgp";
import { Misuse, reason } from "../model/failure.ts";
import type { Secret } from "../model/secret.ts";
import { describe, readKeyFile, userId } from "./key_file.ts";

/** A private key that opens backups, unlocked. */
export interface Identity {
  /** Of the primary key, in hexadecimal. */
  readonly fingerprint: string;
  /** The first user id, safe to print. */
  readonly userId: string;
  /** @internal The key as openpgp.js has it. */
  readonly key: openpgp.PrivateKey;
}

/** Gives the passphrase of a file; undefined where there is none to be had. */
export type AskPassphrase = () => Promise<Secret | undefined> | Secret | undefined;

/**
 * Reads and unlocks all private keys in a file. Keys that have expired or are revoked open what was sealed to them.
 *
 * @param options `passphrase` is asked once, and only when a key is protected.
 * @throws {Misuse} when the file holds no private key, or one cannot be unlocked.
 */
export async function readIdentities(
  file: Uint8Array,
  options: { readonly name: string; readonly passphrase?: AskPassphrase | undefined },
): Promise<Identity[]> {
  const { name, passphrase } = options;
  const keys = privateKeys(await readKeyFile(file, name), name);
  const secret = keys.some(isProtected) ? await passphrase?.() : undefined;
  const unlocked = await Promise.all(keys.map((key) => unlock(key, name, secret)));
  return unlocked.map((key) => ({ fingerprint: key.getFingerprint(), userId: userId(key), key }));
}

function privateKeys(keys: readonly openpgp.Key[], name: string): openpgp.PrivateKey[] {
  const found = keys.filter((it) => it.isPrivate());
  if (found.length > 0) return found;
  throw new Misuse(`"${name}" holds only the public key ${describe(keys)}`, {
    hint: `Export the private key: \`gpg --export-secret-keys --armor ${keys[0]?.getFingerprint()}\``,
  });
}

async function unlock(
  key: openpgp.PrivateKey,
  name: string,
  passphrase: Secret | undefined,
): Promise<openpgp.PrivateKey> {
  const here = key.getKeys().filter(({ keyPacket }) => !(keyPacket as openpgp.SecretKeyPacket).isDummy());
  if (here.length === 0) {
    throw new Misuse(`The secret parts of the key ${describe([key])} are not in "${name}"`, {
      hint: "They may be on a smart card or in another keyring; export them where they are",
    });
  }
  if (!isProtected(key)) return key;
  if (passphrase === undefined) {
    throw new Misuse(
      `The key ${describe([key])} in "${name}" is protected by a passphrase, and none is given`,
      {
        hint: "Give the passphrase; see the help of the command for the ways",
      },
    );
  }
  return await openpgp.decryptKey({ privateKey: key, passphrase: passphrase.reveal() }).catch((cause) => {
    const isWrong = /passphrase/.test(reason(cause));
    const why = isWrong ? "the passphrase is wrong" : reason(cause);
    throw new Misuse(`The key ${describe([key])} in "${name}" cannot be unlocked: ${why}`, {
      hint: isWrong ? "Try again with the passphrase that `gpg` asks for" : "Export the key again with gpg",
      cause,
    });
  });
}

/** Whether a secret part is encrypted. A part that is not in the file at all does not count. */
function isProtected(key: openpgp.PrivateKey): boolean {
  return key.getKeys().some(({ keyPacket }) =>
    !keyPacket.isDecrypted() && !(keyPacket as openpgp.SecretKeyPacket).isDummy()
  );
}

/** The most iterations that turn a passphrase into a key (RFC 9580 section 3.7.1.3): 65,011,712 bytes are hashed. */
const SLOWEST_S2K = 255;

/** A new key pair in armor. */
export interface NewIdentity {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/**
 * Makes a key pair for backups that every gpg can use: version 4, Ed25519 with a Curve25519 encryption subkey, never
 * expiring, for a backup may be wanted after any date.
 *
 * @param options `name` is the user id, such as `Backups <backups@example.org>`.
 * @throws {Misuse} when the passphrase is empty.
 */
export async function generateIdentity(
  options: { readonly name: string; readonly passphrase?: Secret | undefined; readonly now: Date },
): Promise<NewIdentity> {
  const passphrase = options.passphrase?.reveal();
  if (passphrase === "") throw new Misuse("The passphrase is empty", { hint: "Give one, or none at all" });
  const { privateKey, publicKey } = await openpgp.generateKey({
    type: "ecc",
    curve: "ed25519Legacy",
    userIDs: { name: options.name },
    date: options.now,
    format: "object",
    config: { s2kIterationCountByte: SLOWEST_S2K },
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return {
    privateKey: privateKey.armor(),
    publicKey: publicKey.armor(),
    fingerprint: publicKey.getFingerprint(),
  };
}
