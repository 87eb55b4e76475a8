import { grantedVariable } from "../lib/disk/granted.ts";

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

/**
 * Returns the directory that a Deno task was called from, or undefined if it is not an absolute path.
 *
 * The task passes the working directory of `deno task` (from `/proc`), else `INIT_CWD`. Deno does not replace an
 * `INIT_CWD` that is already set, so it can name a different directory. Deno's task shell replaces several blanks in an
 * argument by one: if the variable differs from the argument only in blanks, it is the exact path.
 */
function callerDirectory(argument: string): string | undefined {
  const exact = grantedVariable("INIT_CWD");
  const directory = exact !== undefined && oneBlank(exact) === oneBlank(argument) ? exact : argument;
  return directory.startsWith("/") ? directory : undefined;
}

function oneBlank(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
