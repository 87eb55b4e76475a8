import { denoJson, type Installation } from "../app/installation.ts";
import { beyond, lacking, type Power } from "../sandbox/granted.ts";
import { exists } from "../disk/exists.ts";
import { covers, type Grants } from "../sandbox/grants.ts";
import { readSet } from "../sandbox/permission_set.ts";

/** How what a process was granted fits what it needs. */
export interface Fit {
  /** What it needs and was not granted, in words; empty for nothing. */
  readonly missing: string;
  /** What it was granted and does not need, in words; empty for nothing. */
  readonly excess: string;
  /** Whether the excess is but that nobody has narrowed the sets that nightdrop comes with. */
  readonly open: boolean;
}

/**
 * Holds what this process was granted against what it needs.
 *
 * @param set The name of the set that it was started with.
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
 * Deno grants no program that it does not find. Whoever starts it says so; here it would be the wrong advice. Without `kill`
 * dumps and hooks are ended all the same, though not what they have started.
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
 * Whether a path may be where one leads to that is needed and not there yet, such as a store before the first backup: from
 * inside the sandbox nobody can tell.
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
    return undefined; // the permissions came by flags
  }
}

function words(powers: readonly Power[]): string {
  return [...Map.groupBy(powers, ({ kind }) => kind)]
    .map(([kind, all]) => `${kind} ${all.map(({ item }) => item ?? "everything").join(", ")}`)
    .join("; ");
}
