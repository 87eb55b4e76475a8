import { callerDirectory } from "../lib/cli/caller.ts";

/**
 * Returns the arguments of a script. A task runs in the directory of its `deno.json`, and its first arguments are
 * `--relative-to DIR`, the directory of the user. This function changes to it, so that relative paths start from there.
 */
export function taskArguments(): string[] {
  const [flag, argument = "", ...rest] = Deno.args;
  if (flag !== "--relative-to") return [...Deno.args];
  const directory = callerDirectory(argument);
  if (directory !== undefined) Deno.chdir(directory);
  return rest;
}
