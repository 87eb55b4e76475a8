import type { Command } from "commander";
import { type KeyFiles, keygen } from "../../setup/keygen.ts";
import { act, command } from "../command.ts";
import { newPassphrase, passphraseOption, type PassphraseOptions } from "../identities.ts";
import type { CommonOptions, Output, Session } from "../session.ts";

/** `keygen`: a key pair. */
export function keygenCommand(): Command {
  const made = command(
    "keygen",
    "make a key pair that gpg can use",
    "Makes backups.asc, the public key that hosts seal to, and backups.private.asc, the private key that opens " +
      "backups. Run it on a machine that you trust.",
  )
    .argument("[dir]", "where the keys go", "keys")
    .option("--name <text>", "who the key is for", "nightdrop backups");
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

/** Says what was made and where it belongs. */
export function printKeys(output: Output, keys: KeyFiles, guarded: boolean): void {
  output.data(
    [
      `Public key   ${keys.publicFile}: goes to every host`,
      `Private key  ${keys.privateFile}: stays with you, off-line; without it no backup can be opened`,
      `Fingerprint  ${keys.fingerprint}: pins the key in the config`,
    ],
    { event: "keys", ...keys },
  );
  if (!guarded) output.warn("the private key has no passphrase: whoever has the file can read the backups");
}
