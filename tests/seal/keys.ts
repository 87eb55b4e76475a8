import assert from "node:assert/strict";
import { CURVE25519, type GnuPg } from "./gnupg.ts";
import {
  generateIdentity,
  type Identity,
  type NewIdentity,
  readIdentities,
} from "../../lib/seal/identity.ts";
import { readRecipient, type RecipientKey } from "../../lib/seal/recipient.ts";
import { owner } from "../support/owner.ts";

/** A time when all keys of the tests are valid, whatever clock made them. */
export const NOW = new Date(Date.now() + 60_000);

/** A key pair, read for both its uses. */
export interface Pair {
  readonly recipient: RecipientKey;
  readonly identity: Identity;
  readonly armored: NewIdentity;
}

/** Returns a new key pair. */
export async function newPair(name = "Backups <backups@example.org>"): Promise<Pair> {
  return await pairOf(await generateIdentity({ name, now: new Date() }));
}

/** Returns the key pair that all test files share. */
export function ownerPair(): Promise<Pair> {
  return pairOf(owner);
}

async function pairOf(armored: NewIdentity): Promise<Pair> {
  return {
    recipient: await recipientOf(armored.publicKey, armored.fingerprint),
    identity: await identityOf(armored.privateKey),
    armored,
  };
}

/** The recipient in a file that holds only its key. */
export function recipientOf(file: string | Uint8Array, fingerprint: string): Promise<RecipientKey> {
  return readRecipient(bytesOf(file), { name: "key.asc", fingerprint, now: NOW });
}

/** A key with two subkeys to encrypt to, each as the recipient of a time. */
export async function twoSubkeys(
  gpg: GnuPg,
): Promise<{ fingerprint: string; first: RecipientKey; second: RecipientKey }> {
  const fingerprint = await gpg.generate(CURVE25519, ["--faked-system-time", "20200101T000000"]);
  const first = await recipientOf(await gpg.export(fingerprint), fingerprint);
  await gpg.addSubkey(fingerprint);
  const second = await recipientOf(await gpg.export(fingerprint), fingerprint);
  assert.notEqual(first.subkey.toHex(), second.subkey.toHex());
  return { fingerprint, first, second };
}

/** The identity in a file that holds only its key, without a passphrase. */
export async function identityOf(file: string | Uint8Array): Promise<Identity> {
  const [identity] = await readIdentities(bytesOf(file), { name: "key.asc" });
  return identity!;
}

/** The bytes of a file given as text. */
export function bytesOf(file: string | Uint8Array): Uint8Array {
  return typeof file === "string" ? new TextEncoder().encode(file) : file;
}
