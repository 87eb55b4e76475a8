import { requireCredentials, storeOfArgument } from "../config/store_argument.ts";
import type { Environment } from "../config/credentials.ts";
import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { openReader } from "../app/stores.ts";
import { hostsOfStore, signerOf } from "../snapshots/hosts_of_store.ts";
import type { StoreOptions } from "./named_store.ts";

/** Warning where a store is read without a config. */
export const NOT_PINNED =
  "Signing keys are not pinned: anyone who can write to the store can forge a host. Add --signer FINGERPRINT if you know it";

/** Returns whether the value of `--store` is a path or URL, and not a name. */
export function isPlace(store: string): boolean {
  return store === "" || store === "." || store === ".." || store.includes("/");
}

/** Returns whether a path is a directory. */
export function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/**
 * Returns the hosts of a store that is read without a config.
 *
 * @param place Absolute path, or URL.
 */
export async function bareStoreHosts(
  place: string,
  { host, signer }: StoreOptions,
  env: Environment,
  run: Run,
): Promise<ReadonlyMap<string, Host>> {
  const store = storeOfArgument(place, env);
  const pin = signer === undefined ? undefined : signerOf(signer);
  requireCredentials(store, env);
  const reader = await openReader(store, env, run);
  try {
    return await hostsOfStore({ store, host, signer: pin }, reader, run);
  } finally {
    reader.close();
  }
}
