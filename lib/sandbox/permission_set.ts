import { isDeepStrictEqual } from "node:util";
import { readMember, writeMember } from "./json_text.ts";
import { type Grant, type Grants, KINDS, NOTHING } from "./grants.ts";
import { isObject } from "../model/object.ts";

/** Permission set in the form of `deno.json`: https://docs.deno.com/runtime/fundamentals/security/ */
type PermissionSet = Readonly<Record<string, unknown>>;

/** Returns the permissions of the set `name` in the text of a `deno.json`; undefined if it is missing or has unknown keys. */
export async function readSet(text: string, name: string): Promise<Grants | undefined> {
  const set = await readMember(text, ["permissions", name]);
  if (!isObject(set)) return undefined;
  const known = Object.keys(set).every((key) => KINDS.some((kind) => kind === key));
  if (!known) return undefined;
  const { env, ...rest } = set;
  const { allow = env, ignore = [] } = isObject(env) ? { allow: [], ...env } : {};
  const grants = { ...NOTHING, ...rest, ...(allow === undefined ? {} : { env: allow }), hidden: ignore };
  return isGrants(grants) ? grants : undefined;
}

/**
 * Returns the text of a `deno.json` with the set `name` in it. The rest of the text is unchanged, and so are
 * the kinds of the set that are correct, with their comments. If the set has a kind that is no longer
 * granted, the whole set is replaced.
 */
export async function writeSet(text: string, name: string, grants: Grants): Promise<string> {
  const wanted = permissionSet(grants);
  const present = await readMember(text, ["permissions", name]);
  if (!isObject(present) || Object.keys(present).some((kind) => !Object.hasOwn(wanted, kind))) {
    return await writeMember(text, ["permissions", name], wanted);
  }
  for (const [kind, grant] of Object.entries(wanted)) {
    if (isDeepStrictEqual(present[kind], grant)) continue;
    text = await writeMember(text, ["permissions", name, kind], grant);
  }
  return text;
}

/** Returns the set that grants these permissions, without empty kinds. */
export function permissionSet(grants: Grants): PermissionSet {
  const { hidden, ...kinds } = grants;
  const env = hidden.length === 0 ? grants.env : { allow: grants.env, ignore: hidden };
  return Object.fromEntries(
    Object.entries({ ...kinds, env }).filter(([, grant]) => !Array.isArray(grant) || grant.length > 0),
  );
}

function isGrants(
  grants: Readonly<Record<string, unknown>>,
): grants is Readonly<Record<string, unknown>> & Grants {
  return [...KINDS, "hidden"].every((kind) => isGrant(grants[kind])) && grants.hidden !== true;
}

function isGrant(value: unknown): value is Grant {
  return value === true || (Array.isArray(value) && value.every((item) => typeof item === "string"));
}
