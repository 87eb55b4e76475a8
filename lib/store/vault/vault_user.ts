import { ownerError } from "./answers.ts";
import type { Dialect } from "./description.ts";
import {
  type AccessKey,
  accessKeys,
  denyAll,
  lastUsed,
  newAccessKey,
  type NewKey,
  removeAccessKey,
} from "./keys.ts";
import type { Owner } from "./owner.ts";
import { describeState, type VaultSetting } from "./setting.ts";
import { lookAll, makeAll, type Step } from "./steps.ts";

/** User whose policy and keys the owner manages. */
export interface VaultUser {
  readonly dialect: Dialect;
  /** Name of the user at the provider. */
  readonly name: string;
  /** Reads the settings of the user; with `apply`, makes them as `Vault.apply` does. */
  settings(apply: boolean, each: (step: Step) => void): Promise<Step[]>;
  /** Returns the keys of the user, the oldest first; undefined if the provider creates keys in another way. */
  keys(): Promise<AccessKey[] | undefined>;
  lastUsed(id: string): Promise<Date | undefined>;
  newKey(): Promise<NewKey>;
  removeKey(id: string): Promise<void>;
  /** Denies everything to the user. */
  denyAll(): Promise<void>;
}

/** Returns the user with this name and these settings. */
export function vaultUser(
  owner: Owner,
  name: string,
  wanted: readonly VaultSetting[],
  dialect: Dialect,
): VaultUser {
  const settings = wanted.map((it) => describeState(name, it));
  const reported = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    call().catch((error) => {
      throw ownerError(error, `${name}: ${what}`);
    });
  return {
    dialect,
    name,
    settings: (apply, each) => apply ? makeAll(settings, each) : lookAll(settings),
    keys: () =>
      dialect === "amazon" ? reported("keys", () => accessKeys(owner, name)) : Promise.resolve(undefined),
    lastUsed: (id) => reported("keys", () => lastUsed(owner, id)),
    newKey: () => reported("new key", () => newAccessKey(owner, name)),
    removeKey: (id) => reported(`key ${id}`, () => removeAccessKey(owner, name, id)),
    denyAll: () => reported("user policy", () => denyAll(owner, name, dialect)),
  };
}
