import { resolve } from "node:path/posix";
import { refuseExposed } from "../disk/trust.ts";
import { exists } from "../disk/exists.ts";
import { Misuse } from "../model/failure.ts";
import type { Secret } from "../model/secret.ts";
import { generateIdentity } from "../seal/identity.ts";

/** Where a new key pair lies. */
export interface KeyFiles {
  /** The public key, for every host. */
  readonly publicFile: string;
  /** The private key, for the owner alone. */
  readonly privateFile: string;
  /** What pins the key in a config. */
  readonly fingerprint: string;
}

/**
 * Makes a key pair that gpg can use, as `backups.asc` and `backups.private.asc` in a directory, which is made when it
 * is missing. Nothing that exists is overwritten.
 *
 * @throws {Misuse} when one of the files exists.
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
  throw new Misuse(`"${file}" exists, and a key is never overwritten`, {
    hint: "Name another directory, or move the key away; without it no backup made for it can be opened",
  });
}
