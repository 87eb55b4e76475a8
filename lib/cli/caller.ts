/**
 * Returns the directory that a task of Deno was called from: the task passes `INIT_CWD` as an argument. Deno's shell for
 * tasks puts one blank for several into it, so the variable is asked as well, where the sandbox lets it be read.
 *
 * @returns undefined for what is no absolute path: an unset variable is an empty argument.
 */
export function callerDirectory(argument: string): string | undefined {
  const exact = initialDirectory();
  const directory = exact !== undefined && oneBlank(exact) === oneBlank(argument) ? exact : argument;
  return directory.startsWith("/") ? directory : undefined;
}

function initialDirectory(): string | undefined {
  try {
    return Deno.env.get("INIT_CWD");
  } catch {
    return undefined; // the sandbox is narrowed to the config
  }
}

function oneBlank(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
