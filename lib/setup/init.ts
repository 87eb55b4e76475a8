import { dirname, resolve } from "node:path/posix";
import { sampleConfig } from "../config/sample.ts";
import { exists } from "../disk/exists.ts";
import { type KeyFiles, keygen } from "./keygen.ts";
import { Misuse } from "../model/failure.ts";
import type { Secret } from "../model/secret.ts";

/** Files that `init` created. */
export interface Initialised {
  readonly keys: KeyFiles;
  /** Path of the new config; undefined if a config existed, which is not changed. */
  readonly config: string | undefined;
}

/** Files that must not be committed: private keys, and the credentials of hosts. */
const IGNORED = "*.private.asc\nkits/\ncredentials\n";

/**
 * Creates a key pair below `directory`, and a commented config and a `.gitignore` if there is none.
 *
 * @throws {Misuse} if the keys exist, other users can change the directory, or it is in a work tree of git.
 */
export async function init(
  directory: string,
  options: {
    readonly config: string;
    readonly host: string;
    readonly passphrase?: Secret | undefined;
    /** Module with the types of the config; undefined for none. */
    readonly types?: string | undefined;
    /** Whether the directory may be in a work tree of git. */
    readonly inGit: boolean;
    readonly now: Date;
  },
): Promise<Initialised> {
  if (!options.inGit) refuseWorkTree(directory);
  const keys = await keygen(`${directory}/keys`, {
    name: `nightdrop backups of ${options.host}`,
    passphrase: options.passphrase,
    now: options.now,
  });
  const text = sampleConfig({
    host: options.host,
    recipientFile: "keys/backups.asc",
    fingerprint: keys.fingerprint,
    module: options.types,
  });
  writeNew(`${directory}/.gitignore`, IGNORED);
  return { keys, config: writeNew(options.config, text) ? options.config : undefined };
}

/** Writes a new file. Returns false if it exists. */
function writeNew(path: string, text: string): boolean {
  try {
    Deno.writeTextFileSync(path, text, { createNew: true, mode: 0o644 });
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return false;
  }
}

/** Refuses a directory in a work tree of git, where a private key would be one `git add` away from being published. */
function refuseWorkTree(directory: string): void {
  for (let at = resolve(directory);; at = dirname(at)) {
    if (exists(`${at}/.git`)) {
      throw new Misuse(`Cannot create keys in ${directory}: it is in the git work tree ${at}`, {
        hint: "Name another directory, or add --in-git: a .gitignore then keeps the private key out",
      });
    }
    if (at === "/") return;
  }
}
