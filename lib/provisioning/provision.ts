import type { Credentials } from "../config/credentials.ts";
import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { checkHostKey } from "./key_by_hand.ts";
import { changeKey, type KeyChange } from "./key_change.ts";
import { HOST_KEY, type KeyStep, userKey } from "./user_key.ts";
import { CREDENTIALS_FILE, identityInKit, type KitOptions, writeKit } from "./kit.ts";
import { bucketOf, type OwnerClients, USER_PATTERN, vaultRequest } from "./owner_clients.ts";
import type { NewKey } from "../store/vault/keys.ts";
import type { SettingState } from "../store/vault/setting.ts";
import type { Step } from "../store/vault/steps.ts";
import type { Vault } from "../store/vault/vault.ts";

export type { KeyStep, KitOptions, NewKey, SettingState, Step };

/** Options of {@link provision}. */
export interface ProvisionOptions extends KitOptions {
  /** Whether to make the changes; if false, they are only planned. */
  readonly apply: boolean;
  /** Name of the host's user; `{host}` is replaced by the host's name. Default: `nightdrop-{host}`. */
  readonly user?: string | undefined;
  /** Changes only the key: `rotate` creates a second, `finish` removes the first, `revoke` denies the host all access. */
  readonly only?: "rotate" | "finish" | "revoke" | undefined;
  /** Called after each step. */
  readonly each?: ((step: Step) => void) | undefined;
}

/** State of a host's vault, or changes of it. */
export interface Provisioned {
  /** Name of the host. */
  readonly host: string;
  /** Name of the bucket. */
  readonly bucket: string;
  /** Name of the host's user at the provider. */
  readonly user: string;
  /** `amazon`, or `ceph` for servers without IAM users. */
  readonly dialect: "amazon" | "ceph";
  /** Settings of bucket and user. If only the key was changed: those of the user that the key depends on. */
  readonly steps: readonly Step[];
  /** Keys of the host. */
  readonly keys: readonly KeyStep[];
  /** Names of the files of the kit that were written. */
  readonly kit: readonly string[];
  /**
   * Whether an earlier kit names a bucket with another identity. Until the host gets the new kit, its backups refer to
   * objects of that bucket.
   */
  readonly otherBucket: boolean;
}

/**
 * Sets up the vault of a host: its bucket, a put-only user, the user's key, and the kit to copy to the host. Without
 * `apply` it only reads the current settings.
 *
 * @throws {Misuse} if the host's config does not allow it, or the owner's credentials are missing.
 * @throws {StoreError} if the provider refuses a request.
 */
export async function provision(
  host: Host,
  owners: OwnerClients,
  options: ProvisionOptions,
  run: Run,
): Promise<Provisioned> {
  const { openVault } = await import("../store/vault/vault.ts");
  const vault = await openVault(await owners.of(host), vaultRequest(host, options.user ?? USER_PATTERN));
  run.signal.throwIfAborted();
  const about = {
    host: host.name,
    bucket: vault.description.bucket,
    user: vault.description.user,
    dialect: vault.dialect,
  };
  if (options.only !== undefined) {
    return { ...about, ...await changeHostKey(vault, options.only, options), ...NO_KIT };
  }
  const steps = options.apply ? await vault.apply(options.each ?? (() => {})) : await vault.plan();
  const kit = options.apply ? await kitOf(host, vault, options, run) : NO_KIT;
  return {
    ...about,
    steps,
    keys: [await userKey(vault.user, credentialsOf(options), options.apply)],
    ...kit,
  };
}

function credentialsOf({ directory }: ProvisionOptions): string {
  return `${directory}/${CREDENTIALS_FILE}`;
}

const NO_KIT = { kit: [], otherBucket: false };

/** Writes the kit with the identity of the bucket. */
async function kitOf(
  host: Host,
  vault: Vault,
  options: ProvisionOptions,
  run: Run,
): Promise<Pick<Provisioned, "kit" | "otherBucket">> {
  const store = bucketOf(host);
  const identity = await vault.identity() ?? store.vault;
  const before = identityInKit(options.directory);
  const kit = await writeKit({ ...host, store: { ...store, vault: identity } }, options, run);
  return { kit, otherBucket: before !== undefined && before !== (identity ?? null) };
}

function changeHostKey(
  vault: Vault,
  change: KeyChange,
  options: ProvisionOptions,
): Promise<Pick<Provisioned, "steps" | "keys">> {
  const { apply, each = () => {} } = options;
  const file = credentialsOf(options);
  const check = (held: Credentials): Promise<string> => checkHostKey(vault, file, held);
  return changeKey(vault.user, change, { file, apply, each, check }, HOST_KEY);
}

/** Returns the number of steps that `apply` makes, and of those that the owner must make by hand. */
export function undone(
  { steps, keys }: Pick<Provisioned, "steps" | "keys">,
): { readonly toMake: number; readonly byHand: number } {
  const open = steps.filter(({ made }) => !made).map(({ before }) => before.state);
  const all = [...open, ...keys.map(({ state }) => state)];
  const count = (...states: string[]): number => all.filter((it) => states.includes(it)).length;
  return { toMake: count("missing", "different"), byHand: count("by-hand") };
}
