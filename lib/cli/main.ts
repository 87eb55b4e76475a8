import { runCommandLine } from "./command_line.ts";
import { COMMANDS } from "./commands.ts";

/** Runs the command line and sets `Deno.exitCode`. */
export async function main(args: readonly string[]): Promise<void> {
  await runCommandLine(args, COMMANDS);
}
