import type { Command } from "commander";
import { type KeyFiles, keygen } from "../../setup/keygen.ts";
import { act, command } from "../command.ts";
import { newPassphrase, passphraseOption, type PassphraseOptions } from "../identities.ts";
import type { CommonOptions, Output, Session } from "../session.ts";

/** `keygen`: creates a key pair. */
export function keygenCommand(): Command {
  const made = command(
    "keygen",
    "create a key pair that gpg can use",
    "Creates backups.asc, the public key that hosts encrypt to, and backups.private.asc, the private key that decrypts " +
      "backups. Run it on a machine that you trust.",
  )
    .argument("[dir]", "directory for the keys", "keys")
    .option("--name <text>", "user ID of the key", "nightdrop backups");
  return passphraseOption(made)
    .example("keygen", "keys/backups.asc and keys/backups.private.asc")
    .action((directory: string, options: CommonOptions & PassphraseOptions & { name: string }) =>
      act(options, (session) => run(session, directory, options))
    );
}

async function run(
  session: Session,
  directory: string,
  options: PassphraseOptions & { name: string },
): Promise<void> {
  const secret = await newPassphrase(options);
  const keys = await keygen(directory, { name: options.name, passphrase: secret, now: session.run.now() });
  printKeys(session.output, keys, secret !== undefined);
}

/** Prints the files of a new key pair and where each belongs. */
export function printKeys(output: Output, keys: KeyFiles, hasPassphrase: boolean): void {
  output.data(
    [
      `Public key   ${keys.publicFile}: copy it to every host`,
      `Private key  ${keys.privateFile}: keep it off-line; without it no backup can be decrypted`,
      `Fingerprint  ${keys.fingerprint}: pins the key in the config`,
    ],
    { event: "keys", ...keys },
  );
  if (!hasPassphrase) {
    output.warn("the private key has no passphrase: everyone who gets the file can read the backups");
  }
}
