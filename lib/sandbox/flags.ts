import { Misuse } from "../model/failure.ts";
import { type Grant, type Grants, KINDS } from "./grants.ts";

/**
 * Returns the flags of `deno run` that grant these permissions.
 *
 * @throws {Misuse} if a value has a comma or a line break: flags separate values by commas and have no escapes.
 */
export function flags(grants: Grants): string[] {
  const allowed = KINDS.flatMap((kind) => flag(`--allow-${kind}`, grants[kind]));
  return [...allowed, ...flag("--ignore-env", grants.hidden)];
}

function flag(name: string, grant: Grant): string[] {
  if (grant === true) return [name];
  if (grant.length === 0) return [];
  for (const item of grant) {
    if (!/[,\n]/.test(item)) continue;
    throw new Misuse(`Cannot write ${JSON.stringify(item)} as a flag: it has a comma or a line break`, {
      hint: "Rename the path. In a clone, `nightdrop permissions --write` writes it to deno.json instead",
    });
  }
  return [`${name}=${grant.join(",")}`];
}
