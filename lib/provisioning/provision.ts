import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { hostKey, type KeyStep, revokeHost, rotateKey } from "./host_key.ts";
import { identityInKit, type KitOptions, writeKit } from "./kit.ts";
import { bucketOf, type OwnerClients, USER_PATTERN, vaultRequest } from "./owner_clients.ts";
import type { NewKey } from "../store/vault/keys.ts";
import type { SettingState } from "../store/vault/setting.ts";
import type { Step, Vault } from "../store/vault/vault.ts";

export type { KeyStep, KitOptions, NewKey, SettingState, Step };

/** What to provision, and how. */
export interface ProvisionOptions extends KitOptions {
  /** Carry it out, and not only tell. */
  readonly apply: boolean;
  /** The name of the host's user, in which `{host}` is replaced; `nightdrop-{host}`. */
  readonly user?: string | undefined;
  /** Only about the key: make a second; remove the first; let the host put no more. */
  readonly only?: "rotate" | "finish" | "revoke" | undefined;
  /** Told of each step that has been carried out. */
  readonly each?: ((step: Step) => void) | undefined;
}

/** How a host's vault stands, or what has been done about it. */
export interface Provisioned {
  /** Whose. */
  readonly host: string;
  /** Its name. */
  readonly bucket: string;
  /** The name of the user that the host is. */
  readonly user: string;
  /** `amazon`, or `ceph` for servers without IAM's users. */
  readonly dialect: "amazon" | "ceph";
  /** Bucket and user, piece by piece; none where it was only about the key. */
  readonly steps: readonly Step[];
  /** The host's keys. */
  readonly keys: readonly KeyStep[];
  /** The files of the kit that were written. */
  readonly kit: readonly string[];
  /**
   * Whether a kit was there, of a bucket with another identity: as long as the host has that one, it builds on what the
   * other bucket held.
   */
  readonly otherBucket: boolean;
}

/**
 * Gives a host its vault: a bucket that takes and never gives back, a user that may only put, its key, and the kit to
 * carry to the host. Without `apply` it looks, and changes nothing.
 *
 * @throws {Misuse} when the host's config does not allow it, {@link StoreError} when the provider refuses.
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
    return { ...about, steps: [], keys: await onlyKeys(vault, options), ...NO_KIT };
  }
  const steps = options.apply ? await vault.apply(options.each ?? (() => {})) : await vault.plan();
  const kit = options.apply ? await kitOf(host, vault, options, run) : NO_KIT;
  return { ...about, steps, keys: [await hostKey(vault, options.directory, options.apply)], ...kit };
}

const NO_KIT = { kit: [], otherBucket: false };

/** The kit, with the identity that the bucket has. */
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

function onlyKeys(vault: Vault, { only, apply, directory }: ProvisionOptions): Promise<KeyStep[]> {
  if (only === "revoke") return revokeHost(vault, apply);
  return rotateKey(vault, directory, { apply, finish: only === "finish" });
}

/** What is still to be done for a vault: by `apply`, or by the owner's own hands. */
export function undone({ steps, keys }: Provisioned): { readonly toMake: number; readonly byHand: number } {
  const open = steps.filter(({ made }) => !made).map(({ standing }) => standing.state);
  const all = [...open, ...keys.map(({ state }) => state)];
  const count = (...states: string[]): number => all.filter((it) => states.includes(it)).length;
  return { toMake: count("missing", "different"), byHand: count("by-hand") };
}
