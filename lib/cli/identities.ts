import type { Command } from "args";
import { type Identity, openIdentities } from "../keys.ts";
import { Misuse, reason } from "../model/failure.ts";
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
export function identityOptions(command: Command): Command {
  const collect = (file: string, before: string[] = []): string[] => [...before, file];
  return passphraseOption(
    command.option("--identity <file>", "a private key that opens the backups; may be repeated", collect),
  );
}

/** Adds `--passphrase-file`. */
export function passphraseOption(command: Command): Command {
  return command.option(
    "--passphrase-file <file>",
    "holds the passphrase of the private key; else NIGHTDROP_PASSPHRASE, else a prompt",
  );
}

/** Reads and unlocks the private keys that were named. */
export async function unlock(options: IdentityOptions): Promise<Identity[]> {
  const files = options.identity ?? [];
  if (files.length === 0) {
    throw new Misuse("No private key was named", {
      hint: "--identity FILE, such as keys/backups.private.asc",
    });
  }
  return await openIdentities(files, (file) => passphrase(options, `Passphrase of ${file}: `));
}

/** The passphrase from a file, the environment or a prompt; undefined where nobody can be asked. */
export async function passphrase(options: PassphraseOptions, question: string): Promise<Secret | undefined> {
  if (options.passphraseFile !== undefined) return new Secret(readPassphrase(options.passphraseFile));
  const value = environment("NIGHTDROP_PASSPHRASE");
  if (value !== undefined) return new Secret(value);
  return await askSecret(question);
}

function readPassphrase(file: string): string {
  let text: string;
  try {
    const { mode } = Deno.statSync(file);
    if (mode !== null && (mode & 0o077) !== 0) {
      throw new Misuse(`Others can read the passphrase file "${file}"`, { hint: `chmod 600 ${file}` });
    }
    text = Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Misuse) throw error;
    throw new Misuse(`Cannot read the passphrase file "${file}": ${reason(error)}`);
  }
  return text.replace(/\r?\n$/, "");
}
