import type * as openpgp from "openpgp";
import { Misuse, reason } from "../model/failure.ts";
import { ALWAYS, MAKE_KEY } from "./key_file.ts";

/** Part of a key that encrypts: a subkey, or the key itself. */
export type EncryptionKey = openpgp.PublicKey | openpgp.Subkey;

/** Algorithms that every gpg can decrypt, by their numbers (RFC 9580 section 9.1): RSA and ECDH. */
const READABLE: readonly number[] = [1, 2, 18];

/** Other algorithms, each with the reason why they cannot be used. */
const UNREADABLE: Readonly<Record<number, string>> = {
  16: "encrypts with ElGamal, which is obsolete",
  25: "encrypts with X25519 in the RFC 9580 format, which gpg does not support",
  26: "encrypts with X448 in the RFC 9580 format, which gpg does not support",
};

const MIN_RSA_BITS = 2047; // some programs make a 2048-bit modulus one bit short

/**
 * Returns the part of `key` to encrypt to: the newest that is valid and that gpg can decrypt. If all have
 * expired, the newest of them.
 *
 * @param name Name of the file, for messages.
 * @throws {Misuse} if there is none, with the reason.
 */
export async function encryptionKey(key: openpgp.PublicKey, name: string, now: Date): Promise<EncryptionKey> {
  const flaw = await flawOf(key);
  if (flaw !== undefined) throw unfit(key, name, flaw);
  let reasons: string[] = [];
  for (const date of [now, ALWAYS]) {
    reasons = []; // only the reasons of the last attempt count: it ignores expiry
    for (const candidate of candidates(key)) {
      try {
        await key.getEncryptionKey(candidate.getKeyID(), date);
        return candidate;
      } catch (error) {
        reasons.push(reason(error));
      }
    }
  }
  throw unfit(key, name, explain(reasons));
}

function candidates(key: openpgp.PublicKey): EncryptionKey[] {
  return key.getKeys()
    .filter((it) => READABLE.includes(it.keyPacket.algorithm))
    .sort((a, b) => b.getCreationTime().getTime() - a.getCreationTime().getTime());
}

const SIGNS_ONLY = "can only sign";

/** Returns the reason why a key cannot be used, whatever its subkeys are. */
async function flawOf(key: openpgp.PublicKey): Promise<string | undefined> {
  if (key.keyPacket.version !== 4) return "is of version 6, which gpg does not support";
  if (await key.isRevoked(undefined, undefined, ALWAYS)) return "is revoked";
  const bits = key.getAlgorithmInfo().bits;
  if (bits !== undefined && bits < MIN_RSA_BITS) return `is too weak: ${bits} bits`;
  const algorithms: number[] = key.getKeys().map((it) => it.keyPacket.algorithm);
  if (algorithms.some((it) => READABLE.includes(it))) return undefined;
  return algorithms.map((it) => UNREADABLE[it]).find((it) => it !== undefined) ?? SIGNS_ONLY;
}

/**
 * Returns one reason from those that openpgp.js gave for the candidates. Its general message means only that
 * a part signs and does not encrypt.
 */
function explain(reasons: readonly string[]): string {
  const frame = /^Could not find valid encryption key packet in key \w+(: )?/;
  const why = reasons.map((it) => it.replace(frame, "")).find((it) => it !== "");
  if (why === undefined) return SIGNS_ONLY;
  if (/revoked/.test(why)) return "has no encryption subkey that is not revoked";
  return `cannot encrypt: ${why}`;
}

function unfit(key: openpgp.PublicKey, name: string, why: string): Misuse {
  return new Misuse(`The key ${key.getFingerprint()} in "${name}" ${why}`, {
    hint: `Create a key that every gpg supports, with ${MAKE_KEY} or with \`nightdrop keygen\``,
  });
}
