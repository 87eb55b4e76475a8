import { dirname } from "node:path/posix";
import { resolveCredentials } from "../config/credentials.ts";
import { PendingFile } from "../disk/replace.ts";
import { CREDENTIALS_FILE } from "./kit.ts";
import { Failure, Misuse } from "../model/failure.ts";
import type { NewKey } from "../store/vault/keys.ts";
import type { Vault } from "../store/vault/vault.ts";

/** How a host's key stands, or what has been done about it. */
export interface KeyStep {
  /** `missing`: `apply` will do it; `by-hand`: only the owner himself can. */
  readonly state: "good" | "missing" | "made" | "removed" | "by-hand";
  /** In words. */
  readonly text: string;
  /** What only `--show-key` prints. */
  readonly key?: NewKey | undefined;
}

/** Sees that the host has a key, whose secret lies in its kit: the one that `apply` makes. */
export async function hostKey(vault: Vault, kit: string, apply: boolean): Promise<KeyStep> {
  const file = `${kit}/${CREDENTIALS_FILE}`;
  const held = keyIn(file);
  const keys = await vault.keys();
  if (keys === undefined) {
    if (held !== undefined) return { state: "good", text: `${held}, in ${file}` };
    return { state: "by-hand", text: `the provider's administrator makes it: write it to ${file}, mode 600` };
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
 * Gives the host a second key; with `finish`, for which the owner has seen the second one at work, removes all but that.
 *
 * @throws {Misuse} where there is nothing to rotate or to finish.
 */
export async function rotateKey(
  vault: Vault,
  kit: string,
  options: { readonly apply: boolean; readonly finish: boolean },
): Promise<KeyStep[]> {
  const file = `${kit}/${CREDENTIALS_FILE}`;
  const { user } = vault.description;
  const keys = await vault.keys();
  if (keys === undefined) throw byHand(user);
  const held = keyIn(file);
  if (options.finish) return await removeOthers(vault, file, held, options.apply);
  if (keys.length === 0) {
    throw new Misuse(`${user} has no key yet`, { hint: "provision HOST --apply makes the first" });
  }
  if (keys.length > 1) {
    const used = held === undefined ? undefined : await vault.lastUsed(held);
    throw new Misuse(`${user} has two keys already: ${keys.map(({ id }) => id).join(" and ")}`, {
      hint: `The one in ${file} is ${held ?? "none of them"}` +
        (held === undefined ? "" : `, last seen in use: ${used?.toISOString() ?? "never yet"}`) +
        ". When the host has backed up with it: --rotate --finish",
    });
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
    throw new Misuse(`None of the keys of ${vault.description.user} is the one in ${file}`, {
      hint: "That one would stay, so it has to be there: --rotate without --finish makes one",
    });
  }
  const others = keys.filter(({ id }) => id !== held);
  if (apply) { for (const { id } of others) await vault.removeKey(id); }
  return others.map(({ id }) => ({
    state: apply ? "removed" : "missing",
    text: `${id} ${apply ? "is" : "will be"} removed`,
  }));
}

/** The host can put no more; what it has stored stays. */
export async function revokeHost(vault: Vault, apply: boolean): Promise<KeyStep[]> {
  const keys = await vault.keys();
  const will = apply ? "is" : "will be";
  if (apply) await vault.denyAll();
  for (const { id } of apply ? keys ?? [] : []) await vault.removeKey(id);
  const state = apply ? "removed" : "missing";
  return [
    { state, text: `everything ${will} denied to ${vault.description.user}` },
    ...(keys ?? []).map(({ id }) => ({ state, text: `the key ${id} ${will} removed` }) as const),
    ...(keys === undefined
      ? [{ state: "by-hand", text: `the keys stay: ${keysByHand(vault.description.user)}` } as const]
      : []),
  ];
}

/**
 * Makes a key and writes it down. The file is there and open before the key is made, for the provider tells the secret
 * once; where it cannot be written after all, the key is removed again.
 */
async function makeKey(vault: Vault, file: string): Promise<KeyStep> {
  Deno.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  using pending = new PendingFile(file, 0o600);
  const key = await vault.newKey();
  try {
    pending.publish(credentialsFile(key));
  } catch (error) {
    await vault.removeKey(key.id);
    throw new Failure(`The new key could not be written to ${file} and was removed again`, { cause: error });
  }
  return { state: "made", text: `${key.id}, written to ${file}`, key };
}

/** In the form of the AWS credentials file. */
function credentialsFile({ id, secret }: NewKey): string {
  return `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret.reveal()}\n`;
}

function keyIn(file: string): string | undefined {
  try {
    Deno.lstatSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return resolveCredentials({ file }, { env: () => undefined }).accessKeyId;
}

function missing(file: string): KeyStep {
  return { state: "missing", text: `will be made and written to ${file}` };
}

function byHand(user: string): Misuse {
  return new Misuse(`The keys of ${user} are made by the provider's own means`, { hint: keysByHand(user) });
}

function keysByHand(user: string): string {
  return `radosgw-admin key create --uid=${user} --key-type=s3 --gen-access-key --gen-secret, and later ` +
    `radosgw-admin key rm --uid=${user} --key-type=s3 --access-key=OLD`;
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}
