import { callerDirectory } from "../lib/cli/caller.ts";

/**
 * Returns the arguments of a script. A task runs in the directory of its `deno.json` and begins its arguments with
 * `--relative-to DIR`, the directory that the user is in: relative paths are meant from there, so this enters it.
 */
export function taskArguments(): string[] {
  const [flag, argument = "", ...rest] = Deno.args;
  if (flag !== "--relative-to") return [...Deno.args];
  const directory = callerDirectory(argument);
  if (directory !== undefined) Deno.chdir(directory);
  return rest;
}
