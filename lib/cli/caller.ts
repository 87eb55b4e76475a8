import { grantedVariable } from "../disk/granted.ts";

/**
 * Returns the directory that a task of Deno was called from. The task passes it as an argument: the working directory of
 * `deno task`, which Linux shows in `/proc`, else `INIT_CWD`. Deno keeps an `INIT_CWD` that it finds, so in a task that
 * another one or an npm script has started, it is another directory. Deno's shell for tasks puts one blank for several
 * into an argument; where the variable differs in nothing else, and the sandbox lets it be read, it is exact.
 *
 * @returns undefined for what is no absolute path.
 */
export function callerDirectory(argument: string): string | undefined {
  const exact = grantedVariable("INIT_CWD"); // undefined where the sandbox is narrowed to the config
  const directory = exact !== undefined && oneBlank(exact) === oneBlank(argument) ? exact : argument;
  return directory.startsWith("/") ? directory : undefined;
}

function oneBlank(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
