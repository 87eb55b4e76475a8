import { grantedVariable } from "../disk/granted.ts";

/**
 * Returns the directory that a Deno task was called from, or undefined if it is not an absolute path.
 *
 * The task passes the directory as an argument: the working directory of `deno task` (from `/proc`), else `INIT_CWD`.
 * Deno does not replace an `INIT_CWD` that is already set, so in a task started by another task or by an npm script the
 * variable can name a different directory. Deno's task shell replaces several blanks in an argument by one. If the
 * variable differs from the argument only in blanks, and the sandbox lets it be read, the variable is the exact path.
 */
export function callerDirectory(argument: string): string | undefined {
  const exact = grantedVariable("INIT_CWD"); // undefined where the sandbox is narrowed to the config
  const directory = exact !== undefined && oneBlank(exact) === oneBlank(argument) ? exact : argument;
  return directory.startsWith("/") ? directory : undefined;
}

function oneBlank(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
