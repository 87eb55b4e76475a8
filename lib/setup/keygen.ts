import { resolve } from "node:path/posix";
import { refuseExposed } from "../disk/trust.ts";
import { exists } from "../disk/exists.ts";
import { Misuse } from "../model/failure.ts";
import type { Secret } from "../model/secret.ts";
import { generateSigner, readSigner } from "../seal/signer.ts";
import { generateIdentity } from "../seal/identity.ts";

/** Files of a new key pair. */
export interface KeyFiles {
  /** Path of the public key, for every host. */
  readonly publicFile: string;
  /** Path of the private key, for the owner only. */
  readonly privateFile: string;
  /** Fingerprint that pins the key in a config: hexadecimal digits in lower case. */
  readonly fingerprint: string;
}

/**
 * Creates a key pair that gpg can use, as `backups.asc` and `backups.private.asc` in `directory`, which is created if it
 * is missing. Never overwrites a file.
 *
 * @throws {Misuse} if one of the files exists, or other users can change the directory.
 */
export async function keygen(
  directory: string,
  options: { readonly name: string; readonly passphrase?: Secret | undefined; readonly now: Date },
): Promise<KeyFiles> {
  const publicFile = `${directory}/backups.asc`;
  const privateFile = `${directory}/backups.private.asc`;
  for (const file of [publicFile, privateFile]) refuseExisting(file);
  const { privateKey, publicKey, fingerprint } = await generateIdentity(options);
  refuseExposed(resolve(directory), "the directory of the keys");
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(privateFile, privateKey, { createNew: true, mode: 0o600 });
  Deno.writeTextFileSync(publicFile, publicKey, { createNew: true, mode: 0o644 });
  return { publicFile, privateFile, fingerprint };
}

/** Private key of the owner that signs records, such as those of mirrors. */
export interface SigningKey {
  /** Path of the private key. */
  readonly file: string;
  /** Fingerprint that pins the key in a config. */
  readonly fingerprint: string;
}

/**
 * Creates the owner's signing key as `signing.private.asc` in `directory`, which is created if it is missing. It has no
 * passphrase, because it signs unattended, and decrypts nothing.
 *
 * @throws {Misuse} if the file exists, or other users can change the directory.
 */
export async function signingKey(directory: string, now: Date): Promise<SigningKey> {
  const file = `${directory}/${SIGNING_FILE}`;
  if (exists(file)) {
    throw new Misuse(`Cannot create the signing key "${file}": the file exists`, {
      hint: "Name another directory, or move the key",
    });
  }
  refuseExposed(resolve(directory), "the directory of the keys");
  const armored = await generateSigner(`${Deno.hostname()} (owner)`, now);
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(file, armored, { createNew: true, mode: 0o600 });
  return { file, fingerprint: (await readSigner(armored, file)).fingerprint };
}

/** Name of the file with the owner's signing key. */
export const SIGNING_FILE = "signing.private.asc";

function refuseExisting(file: string): void {
  if (!exists(file)) return;
  throw new Misuse(`Cannot create the key "${file}": the file exists`, {
    hint: "Name another directory, or move the key; without it no backup encrypted to it can be decrypted",
  });
}
