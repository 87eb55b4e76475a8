import { Misuse } from "../model/failure.ts";
import { type Grant, type Grants, KINDS } from "./grants.ts";

/**
 * The flags of `deno run` that grant this.
 *
 * @throws {Misuse} for what a flag cannot say: it takes a list with commas between, and knows no way to mask one.
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
    throw new Misuse(`No flag can hold ${JSON.stringify(item)}: it has a comma or a line break in it`, {
      hint: "A set in deno.json can: `permissions --write`; or rename it",
    });
  }
  return [`${name}=${grant.join(",")}`];
}
