/**
 * Entry point of the script `nightdrop` for one command: the command line with the code of this command alone. Before Deno runs a
 * module, it reads every module that an import names with a literal or a template, which for all commands takes a quarter of the time of a `cat`.
 * A module that is named otherwise is read when it is imported, for which Deno needs the permission.
 *
 * @module
 */
import { runCommandLine, wordsOf } from "./cli/command_line.ts";
import type { Load } from "./cli/commands.ts";

const name = wordsOf(Deno.args)[0]!;

const load: Load = async (program) => {
  const { href } = new URL(`cli/commands/${name}.ts`, import.meta.url);
  const definitions = await import(href);
  return definitions[`${name}Command`](program);
};

runCommandLine(Deno.args, [{ group: "", name, load }]);
