import { resolve } from "node:path/posix";
import { refuseExposed } from "../disk/trust.ts";
import { exists } from "../disk/exists.ts";
import { Misuse } from "../model/failure.ts";
import type { Secret } from "../model/secret.ts";
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

function refuseExisting(file: string): void {
  if (!exists(file)) return;
  throw new Misuse(`Cannot create the key "${file}": the file exists`, {
    hint: "Name another directory, or move the key; without it no backup encrypted to it can be decrypted",
  });
}
