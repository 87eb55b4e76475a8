import type { Host } from "../config/types.ts";
import { type OwnerClients, vaultRequest } from "./owner_clients.ts";
import type { Step } from "../store/vault/steps.ts";

/** Setting of a bucket or of its host's user that differs from the config. */
export interface Drift {
  /** Name of the setting, such as "lifecycle". */
  readonly name: string;
  /** Expected value, in words. */
  readonly wanted: string;
  /** Value that was found, in words. */
  readonly found: string;
  /** Whether the difference weakens the protection of the backups. */
  readonly broken: boolean;
  /** Name of the mirror whose replication it is; undefined for a setting of the host. */
  readonly mirror?: string | undefined;
}

/** Settings that do not weaken the protection, because backups are encrypted anyway. */
const HARMLESS: readonly string[] = ["encryption", "identity"];

/**
 * Compares the live settings of a host's vault with its config. Settings that the provider does not support are not
 * drift: the plan of `provision` shows them.
 *
 * @throws {StoreError} if the owner's credentials cannot read the settings.
 */
export async function drifts(host: Host, owners: OwnerClients, userPattern: string): Promise<Drift[]> {
  const { openVault } = await import("../store/vault/vault.ts");
  const vault = await openVault(await owners.of(host), vaultRequest(host, userPattern));
  return (await vault.plan()).flatMap(driftOf);
}

/** Returns the difference that a step shows; nothing if there is none. */
export function driftOf({ name, wanted, before }: Step): Drift[] {
  // A bucket without an identity is fine; one with another identity is a different bucket than the config's.
  const setting = name.split(": ").at(-1)!;
  const broken = !HARMLESS.includes(setting) || (setting === "identity" && before.state === "different");
  switch (before.state) {
    case "missing":
      return [{ name, wanted, found: "nothing", broken }];
    case "different":
      return [{ name, wanted, found: before.found, broken }];
    case "by-hand":
      return [{ name, wanted, found: `not readable: ${before.todo}`, broken: false }];
    default:
      return [];
  }
}
