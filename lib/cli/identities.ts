import type { Command } from "commander";
import { readPrivateText } from "../config/private_file.ts";
import { type Identity, openIdentities } from "../app/keys.ts";
import { Misuse } from "../model/failure.ts";
import { Secret } from "../model/secret.ts";
import { askSecret } from "./prompt.ts";
import { environment, type Session } from "./session.ts";

/** Options of the commands that decrypt backups. */
export interface IdentityOptions extends PassphraseOptions {
  readonly identity?: string[];
}

/** Options of the commands that create or unlock a private key. */
export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

/** Adds `--identity` and `--passphrase-file`. */
export function identityOptions<C extends Command>(command: C): C {
  const collect = (file: string, before: string[] = []): string[] => [...before, file];
  return passphraseOption(
    command.option(
      "--identity <file>",
      "private key that decrypts the backups, `-` for standard input; can be repeated",
      collect,
    ),
  );
}

/** Adds `--passphrase-file`. */
export function passphraseOption<C extends Command>(command: C): C {
  return command.option(
    "--passphrase-file <file>",
    "file with the passphrase of the private key (default: NIGHTDROP_PASSPHRASE, else a prompt)",
  );
}

/**
 * Reads and unlocks the private keys that `--identity` names.
 *
 * @param onPassphrase Called with the passphrase of each file that has one.
 */
export async function unlock(
  { run }: Pick<Session, "run">,
  options: IdentityOptions,
  onPassphrase: (file: string, secret: Secret | undefined) => void = () => {},
): Promise<readonly Identity[]> {
  const files = options.identity ?? [];
  if (files.length === 0) {
    throw new Misuse("No private key is given", {
      hint: "Add --identity FILE, such as --identity keys/backups.private.asc",
    });
  }
  const ask = async (file: string): Promise<Secret | undefined> => {
    const secret = await passphrase(options, `Passphrase of ${file}: `);
    onPassphrase(file, secret);
    return secret;
  };
  return await openIdentities(files, ask, (text) => run.report({ event: "warning", text }));
}

/** Returns the passphrase for a new key. A typed one is asked for twice, because a typing error would lock the owner out. */
export async function newPassphrase(options: PassphraseOptions): Promise<Secret | undefined> {
  const given = await givenPassphrase(options);
  if (given !== undefined) return given;
  const typed = await askSecret("Passphrase for the new key (empty for none): ");
  const again = typed && await askSecret("Repeat the passphrase: ");
  if (typed?.reveal() !== again?.reveal()) {
    throw new Misuse("The two passphrases differ", { hint: "Try again" });
  }
  return typed;
}

/** Returns the passphrase from a file, the environment or a prompt; undefined if there is no terminal. */
async function passphrase(options: PassphraseOptions, question: string): Promise<Secret | undefined> {
  return await givenPassphrase(options) ?? await askSecret(question);
}

async function givenPassphrase({ passphraseFile }: PassphraseOptions): Promise<Secret | undefined> {
  if (passphraseFile !== undefined) {
    return new Secret((await readPrivateText(passphraseFile)).replace(/\r?\n$/, ""));
  }
  const value = environment("NIGHTDROP_PASSPHRASE");
  return value === undefined ? undefined : new Secret(value);
}
