/**
 * Directories that nightdrop writes on the owner's machine, beside what a command is asked to write. Both are optional: a
 * command that may not write to one works without it.
 *
 * @module
 */
import { defaultStateDirectory } from "../config/state_directory.ts";
import { realPathOf } from "../disk/real_path.ts";
import type { Environment } from "./stores.ts";

/** Purpose of a directory: a cache of objects of stores, or records of verifications and drills. */
export type OwnerDirectory = "cache" | "records";

/** Parent of root's cache. Standalone executables unpack themselves there too, so no command may write to it. */
const SYSTEM_CACHE = "/var/cache/nightdrop";

/**
 * Returns the real path of the directory in which objects of stores are cached: below `$NIGHTDROP_CACHE`, for root below
 * `/var/cache`, else as the XDG Base Directory Specification says (`$XDG_CACHE_HOME`, else `~/.cache`). A variable counts if
 * it is absolute.
 *
 * @param uid Numeric user; null, for unknown, counts as not root.
 */
export function cacheDirectory(uid: number | null, env: Environment): string {
  return realPathOf(cachePath(uid, env));
}

/** Returns the real path of the directory in which the results of verifications and drills are recorded. */
export function recordsDirectory(uid: number | null, env: Environment): string {
  return realPathOf(`${defaultStateDirectory(uid, env)}/.records`);
}

/** Returns the real paths of directories. `owner_directories.sh` returns the same ones. */
export function ownerDirectories(
  which: readonly OwnerDirectory[],
  uid: number | null,
  env: Environment,
): string[] {
  return which.map((it) => it === "cache" ? cacheDirectory(uid, env) : recordsDirectory(uid, env));
}

function cachePath(uid: number | null, env: Environment): string {
  const absolute = (name: string): string | undefined => env(name)?.startsWith("/") ? env(name) : undefined;
  const user = (): string | undefined => {
    const home = absolute("HOME");
    const cache = absolute("XDG_CACHE_HOME") ?? (home && `${home}/.cache`);
    return cache && `${cache}/nightdrop`;
  };
  return `${absolute("NIGHTDROP_CACHE") ?? (uid === 0 ? undefined : user()) ?? SYSTEM_CACHE}/stores`;
}
