/**
 * A user of the owner's side: its settings, and its key in a file. A file with a key of another user is never replaced.
 *
 * @module
 */
import type { Credentials } from "../config/credentials.ts";
import { Misuse } from "../model/failure.ts";
import type { Step } from "../store/vault/steps.ts";
import type { VaultUser } from "../store/vault/vault_user.ts";
import { addKey, checkedKey, isDone } from "./key_by_hand.ts";
import { changeKey } from "./key_change.ts";
import { createUserCommands } from "./radosgw_commands.ts";
import type { UserPlaces } from "./user_places.ts";
import { credentialsIn, type KeyStep, type KeyWords, userKey } from "./user_key.ts";

/** User of the owner's side. */
export interface OwnUser {
  readonly user: VaultUser;
  readonly places: Pick<UserPlaces, "stores" | "file">;
  readonly words: KeyWords;
  /** Returns what a key can do, in words; it throws unless that is what the user is for. */
  check(held: Credentials): Promise<string>;
}

/** Options for a user of the owner's side. */
export interface OwnUserOptions {
  /** Whether to make the changes; if false, they are only planned. */
  readonly apply: boolean;
  /** Changes only the key: `rotate` creates a second, `finish` removes the first, `revoke` denies the user all access. */
  readonly only?: "rotate" | "finish" | "revoke" | undefined;
  /** Called after each step. */
  readonly each?: ((step: Step) => void) | undefined;
}

/** State of a user of the owner's side, or changes of it. */
export interface ProvisionedUser {
  /** Name of the user at the provider. */
  readonly user: string;
  /** `amazon`, or `ceph` for servers without IAM users. */
  readonly dialect: "amazon" | "ceph";
  /** Buckets that it is for, each with its prefix. */
  readonly buckets: readonly string[];
  /** Absolute path of the file with its key. */
  readonly file: string;
  /** Settings of the user. */
  readonly steps: readonly Step[];
  /** Keys of the user. */
  readonly keys: readonly KeyStep[];
}

/**
 * Sets up a user and its key, or changes the key. Without `apply` it only reads the current settings.
 *
 * @throws {Misuse} if the file has a key of another user.
 */
export async function provisionUser(
  own: OwnUser,
  options: OwnUserOptions,
): Promise<ProvisionedUser> {
  const { user, places: { stores, file } } = own;
  const buckets = stores.map(({ bucket, prefix }) => prefix === "" ? bucket : `${bucket}/${prefix}`);
  return { user: user.name, dialect: user.dialect, buckets, file, ...await settingsAndKey(own, options) };
}

async function settingsAndKey(
  own: OwnUser,
  { apply, only, each = () => {} }: OwnUserOptions,
): Promise<Pick<ProvisionedUser, "steps" | "keys">> {
  const { user, places: { file }, words, check } = own;
  await refuseForeign(own, only);
  if (only !== undefined) return await changeKey(user, only, { file, apply, each, check }, words);
  const steps = await user.settings(apply, each);
  return { steps, keys: [await keyOf(own, steps, apply)] };
}

/** Refuses to replace a file with a key of another user: the owner may have put it there. */
async function refuseForeign(
  { user, places: { file } }: OwnUser,
  only: OwnUserOptions["only"],
): Promise<void> {
  if (only === "revoke" || only === "finish") return;
  const held = credentialsIn(file)?.accessKeyId;
  const keys = await user.keys();
  if (held === undefined || keys === undefined || keys.some(({ id }) => id === held)) return;
  if (keys.length > 0 && only === undefined) return;
  throw foreignKey(user.name, file, "has a key that is not, or no longer, one of this user");
}

async function keyOf(own: OwnUser, steps: readonly Step[], apply: boolean): Promise<KeyStep> {
  const { user, places: { file }, words, check } = own;
  const held = credentialsIn(file);
  if (user.dialect === "amazon") return await userKey(user, file, apply);
  const isSet = steps.every(isDone);
  if (held !== undefined && isSet) return await checkedKey(file, held, check);
  if (held !== undefined) return { state: "good", text: `${held.accessKeyId}, in ${file}` };
  return isSet ? addKey(user.name, file, words) : createUser(user.name, file);
}

function createUser(user: string, file: string): KeyStep {
  return {
    state: "by-hand",
    text:
      "the provider's administrator creates the user with a key, which these commands write to a file. Then run " +
      `--apply. Copy the file to ${file} first, if that is on another machine`,
    commands: createUserCommands(user, file),
  };
}

/** Returns the error for a credentials file that cannot be that of the user. */
export function foreignKey(user: string, file: string, what: string): Misuse {
  return new Misuse(`Cannot use the credentials file ${file} for ${user}: it ${what}`, {
    hint: "Move the file away to create another key, or name another file: --credentials FILE",
  });
}
