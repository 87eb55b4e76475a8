import { DAY_MS } from "../model/day.ts";
import type * as openpgp from "openpgp";
import { Misuse } from "../model/failure.ts";
import { type EncryptionKey, encryptionKey } from "./encryption_key.ts";
import { ALWAYS, describeKeys, readKeyFile, userId } from "./key_file.ts";

/** Public key that backups are encrypted to. */
export interface RecipientKey {
  /** Fingerprint of the primary key: 40 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  /** First user id, escaped for messages. */
  readonly userId: string;
  /** Time at which the key was created. */
  readonly created: Date;
  /** Time at which the key or its encryption subkey expires; undefined for never. */
  readonly expires: Date | undefined;
  /** Warnings for every run: the key has expired or will expire soon. */
  readonly warnings: readonly string[];
  /** @internal Key of openpgp.js. */
  readonly key: openpgp.PublicKey;
  /** @internal Key or subkey of `key` that the session key is encrypted to. */
  readonly subkey: openpgp.KeyID;
}

/** File with the key of a recipient. */
export interface RecipientRequest {
  readonly bytes: Uint8Array;
  /** Name of the file, for messages. */
  readonly name: string;
  /** Fingerprint of the primary key; spaces and case do not matter. */
  readonly fingerprint: string;
}

/** Days before the expiry of a key from which on runs warn. */
const WARN_DAYS = 30;

/**
 * Reads several keys, each independently of the others.
 *
 * @throws {Misuse} with all problems.
 */
export async function readRecipients(
  requests: readonly RecipientRequest[],
  now: Date,
): Promise<RecipientKey[]> {
  const results = await Promise.allSettled(
    requests.map(({ bytes, name, fingerprint }) => readRecipient(bytes, { name, fingerprint, now })),
  );
  const errors = results.flatMap((it) => it.status === "rejected" ? [it.reason as unknown] : []);
  const other = errors.find((it) => !(it instanceof Misuse));
  if (other !== undefined) throw other;
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    const details = (errors as Misuse[]).map(({ message, hint }) => `${message}. ${hint}`);
    throw new Misuse(`${errors.length} recipients cannot be used:`, { details });
  }
  return results.flatMap((it) => it.status === "fulfilled" ? [it.value] : []);
}

/**
 * Reads the pinned key from a file, which may contain others, and checks that every gpg can decrypt backups
 * that are encrypted to it. An expired key is accepted with a warning: a host must not stop backing up when
 * a key expires, and the private key still decrypts messages. A revoked key is refused.
 *
 * @throws {Misuse} if the key cannot be used, with the reason and a hint.
 */
export async function readRecipient(
  file: Uint8Array,
  options: { readonly name: string; readonly fingerprint: string; readonly now: Date },
): Promise<RecipientKey> {
  const { name, now } = options;
  const fingerprint = pinnedFingerprint(options.fingerprint, name);
  const keys = await readKeyFile(file, name);
  refusePrivate(keys, name);
  const key = await pinnedKey(keys, fingerprint, name);
  const subkey = await encryptionKey(key, name, now);
  const expires = await expiry(key, subkey);
  return {
    fingerprint,
    userId: userId(key),
    created: key.getCreationTime(),
    expires,
    warnings: expiryWarnings(fingerprint, name, expires, now),
    key,
    subkey: subkey.getKeyID(),
  };
}

function pinnedFingerprint(text: string, name: string): string {
  const fingerprint = text.replace(/\s/g, "").toLowerCase();
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(fingerprint)) return fingerprint;
  throw new Misuse(`"${text}" is not a fingerprint: expected 40 hexadecimal digits`, {
    hint: `\`gpg --show-keys --with-fingerprint ${name}\` shows it; a short key id does not pin a key`,
  });
}

function refusePrivate(keys: readonly openpgp.Key[], name: string): void {
  const key = keys.find((it) => it.isPrivate());
  if (key === undefined) return;
  throw new Misuse(`"${name}" holds a private key, which must never be on a host`, {
    hint:
      `Put the public key there, \`gpg --export --armor ${key.getFingerprint()}\`, and remove the private ` +
      "key from this machine; if others could read it, create a new one",
  });
}

/** Returns the key with the fingerprint. If a file contains it several times, their data are merged. */
async function pinnedKey(
  keys: readonly openpgp.Key[],
  fingerprint: string,
  name: string,
): Promise<openpgp.PublicKey> {
  const [first, ...others] = keys.filter((it) => it.getFingerprint() === fingerprint);
  if (first === undefined) {
    const whole = keys.find((it) => it.getSubkeys().some((sub) => sub.getFingerprint() === fingerprint));
    throw new Misuse(`"${name}" does not hold the key ${fingerprint} but ${describeKeys(keys)}`, {
      hint: whole
        ? `That is the fingerprint of a subkey: pin the key's own, ${whole.getFingerprint()}`
        : "Compare the fingerprint with the one that the owner of the private key gives you",
    });
  }
  let key: openpgp.PublicKey = first;
  for (const other of others) key = await key.update(other, ALWAYS);
  return key;
}

/** Returns the expiry of the key or of its encrypting part, whichever comes first. */
async function expiry(key: openpgp.PublicKey, subkey: EncryptionKey): Promise<Date | undefined> {
  const ends = [await key.getExpirationTime()];
  if ("mainKey" in subkey) ends.push(await subkey.getExpirationTime(ALWAYS));
  const first = Math.min(...ends.map((it) => it === null ? Infinity : Number(it)));
  return first === Infinity ? undefined : new Date(first);
}

function expiryWarnings(key: string, name: string, expires: Date | undefined, now: Date): string[] {
  if (expires === undefined || expires.getTime() - now.getTime() > WARN_DAYS * DAY_MS) return [];
  const verb = expires <= now ? "expired" : "expires";
  return [
    `The key ${key} in "${name}" ${verb} on ${expires.toISOString().slice(0, 10)}; backups continue. ` +
    `Its owner can extend it with \`gpg --quick-set-expire ${key} never\`, the same with "*" at the end for its ` +
    "subkeys, and export it again",
  ];
}
