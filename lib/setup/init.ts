import { sampleConfig } from "../config/sample.ts";
import { exists } from "../disk/exists.ts";
import { type KeyFiles, keygen } from "./keygen.ts";
import type { Secret } from "../model/secret.ts";

/** What `init` has made. */
export interface Initialised {
  readonly keys: KeyFiles;
  /** The new config, or undefined where there was one already, which is left as it is. */
  readonly config: string | undefined;
}

/** Makes what one starts from: a key pair below `directory`, and a commented config unless there is one. */
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
