import type { Host } from "./types.ts";

/** What the config adds to the environment of dumps and hooks. A variable that is not set here is not set there. */
export function configuredEnvironment({ environment }: Pick<Host, "environment">): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, it]): [string, string][] => {
      const value = typeof it === "string" ? it : Deno.env.get(it.env);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
