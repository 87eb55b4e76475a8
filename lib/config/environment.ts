import type { Host } from "./types.ts";

/** Returns the variables that the config sets for dumps and hooks. Unset variables of this process are omitted. */
export function configuredEnvironment({ environment }: Pick<Host, "environment">): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, it]): [string, string][] => {
      const value = typeof it === "string" ? it : Deno.env.get(it.env);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
