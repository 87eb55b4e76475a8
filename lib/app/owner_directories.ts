/**
 * Directories that nightdrop writes on the owner's machine, beside what a command is asked to write. Both are optional: a
 * command that may not write to one works without it.
 *
 * @module
 */
import { defaultStateDirectory } from "../config/state_directory.ts";
import { realPathOf } from "../disk/real_path.ts";
import type { Environment } from "./stores.ts";

/** What a directory is for: objects of stores that are kept to fetch them once, or records of verifications and drills. */
export type OwnerDirectory = "cache" | "records";

/** Cache of root. Standalone executables unpack themselves into its parent, which no command may write to. */
const SYSTEM_CACHE = "/var/cache/nightdrop/stores";

/**
 * Returns the real path of the directory in which objects of stores are cached (XDG Base Directory Specification:
 * `$XDG_CACHE_HOME` if it is absolute, else `~/.cache`).
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
  if (uid === 0) return SYSTEM_CACHE;
  const [cache, home] = [env("XDG_CACHE_HOME"), env("HOME")];
  if (cache?.startsWith("/")) return `${cache}/nightdrop/stores`;
  return home?.startsWith("/") ? `${home}/.cache/nightdrop/stores` : SYSTEM_CACHE;
}
