import { denoJson, type Installation } from "../app/installation.ts";
import { beyond, lacking, type Power } from "../sandbox/granted.ts";
import { exists } from "../disk/exists.ts";
import { covers, type Grants } from "../sandbox/grants.ts";
import { readSet } from "../sandbox/permission_set.ts";

/** Difference between the permissions that a process has and those that it needs. */
export interface Fit {
  /** Permissions that it needs and does not have, in words; empty if none. */
  readonly missing: string;
  /** Permissions that it has and does not need, in words; empty if none. */
  readonly excess: string;
  /** Whether the excess comes from the shipped sets, which are not narrowed to the config yet. */
  readonly open: boolean;
}

/**
 * Compares the permissions of this process with those that it needs.
 *
 * @param set Name of the permission set that it was started with.
 */
export async function sandboxFit(needed: Grants, set: string, installation: Installation): Promise<Fit> {
  const listed = await listedSet(set, installation);
  const excess = beyond(needed, listed).filter((power) => !mayBeReal(power, needed));
  return {
    missing: words(lacking(needed).filter((power) => !mayBeAbsent(power, listed, installation))),
    excess: words(excess),
    open: excess.every(({ kind, item }) => kind !== "ffi" && item === undefined && listed?.[kind] === true),
  };
}

/**
 * Returns whether a permission may be missing because Deno does not grant programs that it cannot find. Starting the
 * program reports that better. Without `kill`, dumps and hooks are still ended, but not their child processes.
 */
function mayBeAbsent(
  { kind, item }: Power,
  listed: Grants | undefined,
  { kind: how }: Installation,
): boolean {
  if (kind !== "run" || item === undefined) return false;
  return how === "executable" || item === "kill" || (listed !== undefined && covers(kind, listed.run, item));
}

/**
 * Returns whether a path may be the real path of a needed one that does not exist yet, such as a store before the first
 * backup. The sandbox does not allow to find out.
 */
function mayBeReal({ kind, item }: Power, needed: Grants): boolean {
  if (item === undefined || (kind !== "read" && kind !== "write")) return false;
  const paths = needed[kind];
  return paths !== true &&
    paths.some((path) => item.endsWith(path.slice(path.lastIndexOf("/"))) && !exists(path));
}

async function listedSet(set: string, installation: Installation): Promise<Grants | undefined> {
  const file = denoJson(installation);
  try {
    return file === undefined ? undefined : await readSet(Deno.readTextFileSync(file), set);
  } catch {
    return undefined; // the permissions came from flags
  }
}

function words(powers: readonly Power[]): string {
  return [...Map.groupBy(powers, ({ kind }) => kind)]
    .map(([kind, all]) => `${kind} ${all.map(({ item }) => item ?? "everything").join(", ")}`)
    .join("; ");
}
