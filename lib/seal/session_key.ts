/**
 * Session keys encrypted to public keys: public-key encrypted session key packets, version 3 (RFC 9580
 * section 5.1).
 *
 * @module
 */
import type * as openpgp from "openpgp";
import { Damage, Failure } from "../model/failure.ts";
import { isCurve25519 } from "./curve25519.ts";
import { describeIdentity, type Identity } from "./identity.ts";
import { ALWAYS } from "./key_file.ts";
import type { OpenSessionKey, SessionKey } from "./message.ts";
import type { OpeningKey } from "./opening_key.ts";
import type { RecipientKey } from "./recipient.ts";
import { packetsOf } from "./session_key_packets.ts";

/** Failure because none of the given identities can decrypt the message. Others may. */
export class NoIdentity extends Failure {
  override readonly name: string = "NoIdentity";
  /** Key ids that the message is encrypted to, in hexadecimal; zeros for a hidden recipient. */
  readonly keyIds: readonly string[];
  readonly #identities: readonly Identity[];

  /** @param names What the message calls the keys: their ids, or the fingerprints of the keys that they belong to. */
  constructor(keyIds: readonly string[], identities: readonly Identity[], names = keyIds) {
    const some = names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");
    const locked = identities.flatMap((it) => it.locked).find((it) => keyIds.includes(it.keyId));
    super(`No given private key opens this: it is sealed for the key ${some}`, {
      details: identities.map((it) => `tried: ${describeIdentity(it)}`),
      hint: locked?.hint ??
        "Give the private key of one of them with --identity. `gpg --list-secret-keys --keyid-format long` shows yours",
    });
    this.keyIds = keyIds;
    this.#identities = identities;
  }

  /** Returns the same error with the fingerprints of the keys, which the config and `list --json` show, too. */
  naming(fingerprints: readonly string[]): NoIdentity {
    return new NoIdentity(this.keyIds, this.#identities, fingerprints);
  }
}

/**
 * Creates a session key, with one packet for each recipient. Expiry was checked when the recipients were
 * read.
 */
export async function newSessionKey(recipients: readonly RecipientKey[]): Promise<SessionKey> {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const { encryptSessionKey } = await import("openpgp");
  const packets = await encryptSessionKey({
    // For an explicit key without an AEAD algorithm, openpgp.js writes version 3 packets, whatever the recipients advertise.
    data: key,
    algorithm: "aes256",
    encryptionKeys: recipients.map((it) => it.key),
    encryptionKeyIDs: recipients.map((it) => it.subkey),
    date: ALWAYS,
    format: "binary",
  });
  return { key, packets: packets as Uint8Array<ArrayBuffer> };
}

/** Source of session keys: private keys, or a function if the private keys are on another machine. */
export type KeySource = readonly Identity[] | OpenSessionKey;

/**
 * Returns a function that decrypts the AES-256 session keys of messages with private keys.
 *
 * The function throws {@link NoIdentity} if a message is for others, and {@link Damage} if it is for one of
 * the identities but cannot be decrypted.
 */
export function openerOf(keys: KeySource): OpenSessionKey {
  return typeof keys === "function" ? keys : (packets) => openSessionKey(keys, packets);
}

async function openSessionKey(
  identities: readonly Identity[],
  packets: readonly Uint8Array[],
): Promise<Uint8Array> {
  const keyIds = packets.map(keyId);
  const isHidden = keyIds.includes(HIDDEN);
  const fitting = identities.filter(({ opens }) => opens).map(({ key }) => key).filter(({ usable }) =>
    isHidden || usable.some((id) => keyIds.includes(id))
  );
  if (fitting.length === 0) throw new NoIdentity(keyIds, identities);
  const ids = new Set([HIDDEN, ...fitting.flatMap((key) => key.keyIds)]);
  const tried = keyIds.filter((id) => ids.has(id)).length;
  if (tried > MAX_TRIED) throw new Damage(`The message has ${tried} session keys for the same private keys`);
  const quick = await openQuickly(packets, keyIds, fitting);
  if (quick !== undefined) return quick;
  const [opened, ...others] = await decrypt(packets, await Promise.all(fitting.map((key) => key.whole())));
  if (opened === undefined && isHidden) throw new NoIdentity(keyIds, identities);
  if (opened === undefined || others.length > 0) {
    throw new Damage("The session key of the message is damaged");
  }
  if (opened.algorithm === "aes256") return opened.data;
  throw new Damage(`The message is encrypted with ${opened.algorithm}, only AES-256 is read`);
}

/**
 * Decrypts the session key without OpenPGP.js; undefined unless exactly one packet is for exactly one private key, and all of them
 * have the form that OpenPGP.js would write.
 */
async function openQuickly(
  packets: readonly Uint8Array[],
  keyIds: readonly string[],
  [key, ...others]: readonly OpeningKey[],
): Promise<Uint8Array | undefined> {
  const [own, ...more] = keyIds.filter((id) => id === HIDDEN || key!.keyIds.includes(id));
  const isOnlyOne = others.length === 0 && more.length === 0;
  if (own === undefined || !isOnlyOne || !packets.every(isCurve25519)) return undefined;
  return (await key!.opener(own))?.(packets[keyIds.indexOf(own)]!);
}

/**
 * Maximum number of session key packets that are tried. Decrypting one with a large RSA key takes up to a
 * second.
 */
const MAX_TRIED = 16;

/** Key id of an anonymous recipient (RFC 9580 section 5.1.8). */
const HIDDEN = "0000000000000000";

/** Returns the id of the key or subkey that a session key packet is for. */
function keyId(packet: Uint8Array): string {
  if (packet[0] === 3) return packet.subarray(1, 9).toHex();
  throw new Damage(`The message has a session key of version ${packet[0]}, only version 3 is read`);
}

/**
 * Returns the session keys that the packets give with these keys: none, one, or several that contradict each
 * other.
 */
async function decrypt(
  packets: readonly Uint8Array[],
  keys: openpgp.PrivateKey[],
): Promise<openpgp.DecryptedSessionKey[]> {
  const { decryptSessionKeys, readMessage } = await import("openpgp");
  const binaryMessage = packetsOf(packets);
  try {
    const config = { enforceGrammar: false }; // nothing follows here
    const message = await readMessage<Uint8Array>({ binaryMessage, config });
    // A packet that is not written back as it was read was altered, even if the change has no effect.
    if (!binaryMessage.equals(message.write() as Uint8Array)) return [];
    return await decryptSessionKeys({ message, decryptionKeys: keys });
  } catch {
    return []; // openpgp.js does not report which error occurred
  }
}
