import type { Command } from "commander";
import { readPrivateText } from "../config/private_file.ts";
import { type Identity, openIdentities } from "../app/keys.ts";
import { Misuse } from "../model/failure.ts";
import { Secret } from "../model/secret.ts";
import { askSecret } from "./prompt.ts";
import { environment } from "./session.ts";

/** The options of the commands that open backups. */
export interface IdentityOptions extends PassphraseOptions {
  readonly identity?: string[];
}

export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

/** Adds `--identity` and `--passphrase-file`. */
export function identityOptions<C extends Command>(command: C): C {
  const collect = (file: string, before: string[] = []): string[] => [...before, file];
  return passphraseOption(
    command.option(
      "--identity <file>",
      "a private key that opens the backups, `-` for standard input; may be repeated",
      collect,
    ),
  );
}

/** Adds `--passphrase-file`. */
export function passphraseOption<C extends Command>(command: C): C {
  return command.option(
    "--passphrase-file <file>",
    "holds the passphrase of the private key; else NIGHTDROP_PASSPHRASE, else a prompt",
  );
}

/** Reads and unlocks the private keys that were named. */
export async function unlock(options: IdentityOptions): Promise<readonly Identity[]> {
  const files = options.identity ?? [];
  if (files.length === 0) {
    throw new Misuse("No private key was named", {
      hint: "--identity FILE, such as keys/backups.private.asc",
    });
  }
  return await openIdentities(files, (file) => passphrase(options, `Passphrase of ${file}: `));
}

/** The passphrase for a new key; one that is typed is asked for twice, for a slip would lock the owner out. */
export async function newPassphrase(options: PassphraseOptions): Promise<Secret | undefined> {
  const given = await givenPassphrase(options);
  if (given !== undefined) return given;
  const typed = await askSecret("A passphrase for the new key (empty: none): ");
  const again = typed && await askSecret("Once more: ");
  if (typed?.reveal() !== again?.reveal()) {
    throw new Misuse("The two passphrases differ", { hint: "Try again" });
  }
  return typed;
}

/** The passphrase of a key from a file, the environment or a prompt; undefined where nobody can be asked. */
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
