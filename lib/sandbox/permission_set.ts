import { readMember, writeMember } from "./json_text.ts";
import { type Grant, type Grants, KINDS, NOTHING } from "./grants.ts";

/** A named set of permissions as `deno.json` holds it: https://docs.deno.com/runtime/fundamentals/security/ */
type PermissionSet = Readonly<Record<string, unknown>>;

/** What the set `name` in the text of a `deno.json` grants; undefined where there is none, or it says more than we do. */
export function readSet(text: string, name: string): Grants | undefined {
  const set = readMember(text, ["permissions", name]);
  if (typeof set !== "object" || set === null) return undefined;
  const known = Object.entries(set).every(([key]) => KINDS.some((kind) => kind === key));
  if (!known) return undefined;
  const { env, ...rest } = set as PermissionSet;
  const { allow = env, ignore = [] } = isObject(env) ? { allow: [], ...env } : {};
  const grants = { ...NOTHING, ...rest, ...(allow === undefined ? {} : { env: allow }), hidden: ignore };
  return isGrants(grants) ? grants : undefined;
}

/** The text of a `deno.json` with the set `name` in it; all else stays as it was written. */
export function writeSet(text: string, name: string, grants: Grants): string {
  return writeMember(text, ["permissions", name], permissionSet(grants));
}

/** The set that grants this; kinds of which there is nothing are left out. */
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

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
