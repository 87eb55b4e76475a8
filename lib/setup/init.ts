import { sampleConfig } from "../config/sample.ts";
import { exists } from "../disk/exists.ts";
import { type KeyFiles, keygen } from "./keygen.ts";
import type { Secret } from "../model/secret.ts";

/** Files that `init` created. */
export interface Initialised {
  readonly keys: KeyFiles;
  /** Path of the new config; undefined if a config existed, which is not changed. */
  readonly config: string | undefined;
}

/** Creates a key pair below `directory`, and a commented config if there is none. */
export async function init(
  directory: string,
  options: {
    readonly config: string;
    readonly host: string;
    readonly passphrase?: Secret | undefined;
    readonly now: Date;
  },
): Promise<Initialised> {
  const keys = await keygen(`${directory}/keys`, {
    name: `nightdrop backups of ${options.host}`,
    passphrase: options.passphrase,
    now: options.now,
  });
  const text = sampleConfig({
    host: options.host,
    recipientFile: "keys/backups.asc",
    fingerprint: keys.fingerprint,
    ...(exists(`${directory}/mod.ts`) ? { module: "./mod.ts" } : {}),
  });
  try {
    Deno.writeTextFileSync(options.config, text, { createNew: true, mode: 0o644 });
    return { keys, config: options.config };
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return { keys, config: undefined };
  }
}
