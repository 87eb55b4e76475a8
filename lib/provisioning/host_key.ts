import { dirname } from "node:path/posix";
import { type Credentials, resolveCredentials } from "../config/credentials.ts";
import { PendingFile } from "../disk/replace.ts";
import { CREDENTIALS_FILE } from "./kit.ts";
import { Failure, Misuse } from "../model/failure.ts";
import { removeKeysCommands } from "./radosgw_commands.ts";
import type { NewKey } from "../store/vault/keys.ts";
import type { Vault } from "../store/vault/vault.ts";

/** State of a host's key, or a change of it. */
export interface KeyStep {
  /** `missing`: `apply` makes the change. `by-hand`: only the owner can make it. */
  readonly state: "good" | "missing" | "made" | "removed" | "by-hand";
  /** Description in words. */
  readonly text: string;
  /** New key with its secret. Only `--show-key` prints it. */
  readonly key?: NewKey | undefined;
  /** Lines of shell for the provider's administrator, which belong together. */
  readonly commands?: readonly string[] | undefined;
}

/** Checks that the host has a key whose secret is in its kit; with `apply`, creates a missing key. */
export async function hostKey(vault: Vault, kit: string, apply: boolean): Promise<KeyStep> {
  const file = `${kit}/${CREDENTIALS_FILE}`;
  const held = keyIn(file);
  const keys = await vault.keys();
  if (keys === undefined) {
    if (held !== undefined) return { state: "good", text: `${held}, in ${file}` };
    return {
      state: "by-hand",
      text: `the provider's administrator creates it: write it to ${file}, mode 600`,
    };
  }
  const [first] = keys;
  if (first === undefined) return apply ? await makeKey(vault, file) : missing(file);
  if (keys.some(({ id }) => id === held)) return { state: "good", text: `${held}, in ${file}` };
  return {
    state: "by-hand",
    text:
      `${first.id} is there since ${
        day(first.made)
      }, but its secret is not in ${file}; if the host has it, ` +
      "all is well; else --rotate makes another",
  };
}

/**
 * Creates a second key for the host; with `finish`, after the host has used it, removes all other keys. For providers whose
 * keys it can list: for others, see `key_by_hand.ts`.
 *
 * @throws {Misuse} if there is nothing to rotate or to finish.
 */
export async function rotateKey(
  vault: Vault,
  kit: string,
  options: { readonly apply: boolean; readonly finish: boolean },
): Promise<KeyStep[]> {
  const file = `${kit}/${CREDENTIALS_FILE}`;
  const { user } = vault.description;
  const keys = await vault.keys() ?? [];
  const held = keyIn(file);
  if (options.finish) return await removeOthers(vault, file, held, options.apply);
  if (keys.length === 0) {
    throw new Misuse(`Cannot rotate the key of ${user}: it has no key yet`, {
      hint: "Run `nightdrop provision HOST --apply` to create the first",
    });
  }
  if (keys.length > 1) {
    const used = held === undefined ? undefined : await vault.lastUsed(held);
    throw new Misuse(
      `Cannot create another key: ${user} has two keys: ${keys.map(({ id }) => id).join(" and ")}`,
      {
        hint:
          `Run --rotate --finish after the host has backed up with the key in ${file}, ${
            held ?? "which is neither"
          }` +
          (held === undefined ? "" : ` (last used: ${used?.toISOString() ?? "never"})`),
      },
    );
  }
  return [options.apply ? await makeKey(vault, file) : missing(file)];
}

async function removeOthers(
  vault: Vault,
  file: string,
  held: string | undefined,
  apply: boolean,
): Promise<KeyStep[]> {
  const keys = await vault.keys() ?? [];
  if (held === undefined || !keys.some(({ id }) => id === held)) {
    throw new Misuse(`Cannot remove keys: the key in ${file} is not a key of ${vault.description.user}`, {
      hint: "Run --rotate without --finish to create a key, which is then kept",
    });
  }
  const others = keys.filter(({ id }) => id !== held);
  if (apply) { for (const { id } of others) await vault.removeKey(id); }
  return others.map(({ id }) => ({
    state: apply ? "removed" : "missing",
    text: `${id} ${apply ? "is" : "will be"} removed`,
  }));
}

/** Denies the host all access and removes its keys. Its backups are kept. */
export async function revokeHost(vault: Vault, apply: boolean): Promise<KeyStep[]> {
  const keys = await vault.keys();
  const will = apply ? "is" : "will be";
  if (apply) await vault.denyAll();
  for (const { id } of apply ? keys ?? [] : []) await vault.removeKey(id);
  const state = apply ? "removed" : "missing";
  return [
    { state, text: `all access ${will} denied to ${vault.description.user}` },
    ...(keys ?? []).map(({ id }) => ({ state, text: `the key ${id} ${will} removed` }) as const),
    ...(keys === undefined
      ? [
        {
          state: "by-hand",
          text: "the provider's administrator removes the keys. These commands keep the denial, which " +
            "`radosgw-admin key rm` removes",
          commands: removeKeysCommands(vault.description.user),
        } as const,
      ]
      : []),
  ];
}

/**
 * Creates a key and writes it to a file. The file is created first, because the provider returns the secret only once. If
 * writing fails nevertheless, the key is removed again.
 */
async function makeKey(vault: Vault, file: string): Promise<KeyStep> {
  Deno.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  using pending = new PendingFile(file, 0o600);
  const key = await vault.newKey();
  try {
    pending.publish(credentialsFile(key));
  } catch (error) {
    await vault.removeKey(key.id);
    throw new Failure(`Cannot write the new key to ${file}: it was removed again`, { cause: error });
  }
  return { state: "made", text: `${key.id}, written to ${file}`, key };
}

/** Returns a key in the format of the AWS credentials file. */
function credentialsFile({ id, secret }: NewKey): string {
  return `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret.reveal()}\n`;
}

function keyIn(file: string): string | undefined {
  return credentialsIn(file)?.accessKeyId;
}

/** Returns the credentials in a kit; undefined if it has none yet. */
export function credentialsIn(file: string): Credentials | undefined {
  try {
    Deno.lstatSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return resolveCredentials({ file }, { env: () => undefined });
}

function missing(file: string): KeyStep {
  return { state: "missing", text: `will be created and written to ${file}` };
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}
