import type { Command } from "commander";
import { type KeyFiles, keygen, SIGNING_FILE, type SigningKey, signingKey } from "../../setup/keygen.ts";
import { act, command } from "../command.ts";
import { newPassphrase, passphraseOption, type PassphraseOptions } from "../identities.ts";
import type { CommonOptions, Output, Session } from "../session.ts";

interface Options extends PassphraseOptions {
  readonly name: string;
  readonly signing?: boolean;
}

/** `keygen`: creates a key pair. */
export function keygenCommand(): Command {
  const made = command(
    "keygen",
    "create a key pair that gpg can use",
    "Creates backups.asc, the public key that hosts encrypt to, and backups.private.asc, the private key that decrypts " +
      "backups. Run it on a machine that you trust.",
  )
    .argument("[dir]", "directory for the keys", "keys")
    .option("--name <text>", "user ID of the key", "nightdrop backups")
    .option(
      "--signing",
      `create ${SIGNING_FILE} instead: the key with which you sign records, such as those of \`mirror\``,
    );
  return passphraseOption(made)
    .example("keygen", "keys/backups.asc and keys/backups.private.asc")
    .example("keygen --signing", `keys/${SIGNING_FILE}`)
    .action((directory: string, options: CommonOptions & Options) =>
      act(options, (session) => run(session, directory, options))
    );
}

async function run(
  session: Session,
  directory: string,
  options: Options,
): Promise<void> {
  if (options.signing) return printSigningKey(session.output, await signingKey(directory, session.run.now()));
  const secret = await newPassphrase(options);
  const keys = await keygen(directory, { name: options.name, passphrase: secret, now: session.run.now() });
  printKeys(session.output, keys, secret !== undefined);
}

function printSigningKey(output: Output, key: SigningKey): void {
  output.data(
    [
      `Signing key  ${key.file}: keep it on the machine that runs \`mirror\`; it decrypts nothing`,
      `Fingerprint  ${key.fingerprint}: pins the key as "signer" of your mirrors in the config`,
    ],
    { event: "signing-key", ...key },
  );
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
