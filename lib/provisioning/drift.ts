import type { Host } from "../config/types.ts";
import { type OwnerClients, vaultRequest } from "./owner_clients.ts";
import type { Step } from "../store/vault/vault.ts";

/** A setting of a bucket, or of its host's user, that is not as the config wants it. */
export interface Drift {
  /** Such as "lifecycle". */
  readonly name: string;
  /** What is wanted, in words. */
  readonly wanted: string;
  /** What is there instead. */
  readonly found: string;
  /** Whether a promise does not hold while it is so. */
  readonly broken: boolean;
}

/** What is sealed anyhow does not depend on these. */
const HARMLESS: readonly string[] = ["encryption", "identity"];

/**
 * Compares the live settings of a host's vault with what its config wants. What the provider lacks is no drift: the
 * plan of `provision` tells it.
 *
 * @throws {StoreError} when the owner's credentials may not look.
 */
export async function drifts(host: Host, owners: OwnerClients, userPattern: string): Promise<Drift[]> {
  const { openVault } = await import("../store/vault/vault.ts");
  const vault = await openVault(await owners.of(host), vaultRequest(host, userPattern));
  return (await vault.plan()).flatMap(driftOf);
}

function driftOf({ name, wanted, standing }: Step): Drift[] {
  // A bucket without an identity is as good as any; one with another is not the one that the config means.
  const broken = !HARMLESS.includes(name) || (name === "identity" && standing.state === "different");
  switch (standing.state) {
    case "missing":
      return [{ name, wanted, found: "nothing", broken }];
    case "different":
      return [{ name, wanted, found: standing.found, broken }];
    case "by-hand":
      return [{ name, wanted, found: `not to be seen: ${standing.todo}`, broken: false }];
    default:
      return [];
  }
}
