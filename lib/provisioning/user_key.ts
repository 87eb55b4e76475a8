import { dirname } from "node:path/posix";
import { type Credentials, resolveCredentials } from "../config/credentials.ts";
import { PendingFile } from "../disk/replace.ts";
import { Failure, Misuse } from "../model/failure.ts";
import { removeKeysCommands } from "./radosgw_commands.ts";
import type { NewKey } from "../store/vault/keys.ts";
import type { VaultUser } from "../store/vault/vault_user.ts";

/** State of a user's key, or a change of it. */
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

/** Words in messages about the key of a user. */
export interface KeyWords {
  /** Arguments of the command that creates the first key: `provision HOST`. */
  readonly command: string;
  /** Condition for removing the first key, before the name of the second: `the host has backed up with`. */
  readonly used: string;
  /** Instruction for the time after the administrator has added a key: a sentence without its full stop. */
  readonly after: string;
}

/** Words for the key of a host. */
export const HOST_KEY: KeyWords = {
  command: "provision HOST",
  used: "the host has backed up with",
  after: "Then copy the credentials to the host, and run --rotate --finish after a backup",
};

/** Checks that a user has a key whose secret is in a credentials file; with `apply`, creates a missing key. */
export async function userKey(user: VaultUser, file: string, apply: boolean): Promise<KeyStep> {
  const held = keyIn(file);
  const keys = await user.keys();
  if (keys === undefined) {
    if (held !== undefined) return { state: "good", text: `${held}, in ${file}` };
    return {
      state: "by-hand",
      text: `the provider's administrator creates it: write it to ${file}, mode 600`,
    };
  }
  const [first] = keys;
  if (first === undefined) return apply ? await makeKey(user, file) : missing(file);
  if (keys.some(({ id }) => id === held)) return { state: "good", text: `${held}, in ${file}` };
  return {
    state: "by-hand",
    text:
      `${first.id} is there since ${
        day(first.made)
      }, but its secret is not in ${file}; if it is used elsewhere, ` +
      "all is well; else --rotate makes another",
  };
}

/**
 * Creates a second key for a user; with `finish`, after it was used, removes all other keys. For providers whose keys it can
 * list: for others, see `key_by_hand.ts`.
 *
 * @throws {Misuse} if there is nothing to rotate or to finish.
 */
export async function rotateKey(
  user: VaultUser,
  file: string,
  options: { readonly apply: boolean; readonly finish: boolean },
  words: KeyWords,
): Promise<KeyStep[]> {
  const keys = await user.keys() ?? [];
  const held = keyIn(file);
  if (options.finish) return await removeOthers(user, file, held, options.apply);
  if (keys.length === 0) {
    throw new Misuse(`Cannot rotate the key of ${user.name}: it has no key yet`, {
      hint: `Run \`nightdrop ${words.command} --apply\` to create the first`,
    });
  }
  if (keys.length > 1) {
    const used = held === undefined ? undefined : await user.lastUsed(held);
    throw new Misuse(
      `Cannot create another key: ${user.name} has two keys: ${keys.map(({ id }) => id).join(" and ")}`,
      {
        hint: `Run --rotate --finish after ${words.used} the key in ${file}, ${held ?? "which is neither"}` +
          (held === undefined ? "" : ` (last used: ${used?.toISOString() ?? "never"})`),
      },
    );
  }
  return [options.apply ? await makeKey(user, file) : missing(file)];
}

async function removeOthers(
  user: VaultUser,
  file: string,
  held: string | undefined,
  apply: boolean,
): Promise<KeyStep[]> {
  const keys = await user.keys() ?? [];
  if (held === undefined || !keys.some(({ id }) => id === held)) {
    throw new Misuse(`Cannot remove keys: the key in ${file} is not a key of ${user.name}`, {
      hint: "Run --rotate without --finish to create a key, which is then kept",
    });
  }
  const others = keys.filter(({ id }) => id !== held);
  if (apply) { for (const { id } of others) await user.removeKey(id); }
  return others.map(({ id }) => ({
    state: apply ? "removed" : "missing",
    text: `${id} ${apply ? "is" : "will be"} removed`,
  }));
}

/** Denies a user all access and removes its keys. */
export async function revokeUser(user: VaultUser, apply: boolean): Promise<KeyStep[]> {
  const keys = await user.keys();
  const will = apply ? "is" : "will be";
  if (apply) await user.denyAll();
  for (const { id } of apply ? keys ?? [] : []) await user.removeKey(id);
  const state = apply ? "removed" : "missing";
  return [
    { state, text: `all access ${will} denied to ${user.name}` },
    ...(keys ?? []).map(({ id }) => ({ state, text: `the key ${id} ${will} removed` }) as const),
    ...(keys === undefined
      ? [
        {
          state: "by-hand",
          text: "the provider's administrator removes the keys. These commands keep the denial, which " +
            "`radosgw-admin key rm` removes",
          commands: removeKeysCommands(user.name),
        } as const,
      ]
      : []),
  ];
}

/**
 * Creates a key and writes it to a file. The file is created first, because the provider returns the secret only once. If
 * writing fails nevertheless, the key is removed again.
 */
async function makeKey(user: VaultUser, file: string): Promise<KeyStep> {
  Deno.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  using pending = new PendingFile(file, 0o600);
  const key = await user.newKey();
  try {
    pending.publish(credentialsFile(key));
  } catch (error) {
    await user.removeKey(key.id);
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

/** Returns the credentials in a file; undefined if there is no file. */
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
