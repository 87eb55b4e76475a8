import type { Command } from "commander";
import { resolve } from "node:path/posix";
import { kindOfArgument, kindOfOption, type ValueKind } from "./table.ts";

/**
 * Makes every path on a command line absolute, default values included. A Deno task runs in the directory of its
 * `deno.json`, but users write paths relative to the directory that they called the task from. A store may be a name or a URL
 * too: a session makes it absolute, from the option `from`.
 *
 * @param from Absolute path of the directory that the task was called from.
 */
export function resolvePaths(command: Command, from: string): void {
  command.setOptionValue("from", from);
  for (const option of command.options) {
    const name = option.attributeName();
    const value: unknown = command.getOptionValue(name);
    if (value === undefined || !isPath(kindOfOption(option))) continue;
    command.setOptionValueWithSource(name, resolved(value, from), command.getOptionValueSource(name));
  }
  command.registeredArguments.forEach((argument, at) => {
    const value: unknown = command.processedArgs[at];
    if (value !== undefined && isPath(kindOfArgument(argument))) {
      command.processedArgs[at] = resolved(value, from);
    }
  });
}

/** Standard input or output, where a file is expected. */
const STREAM = "-";

function isPath(kind: ValueKind): boolean {
  return kind === "file" || kind === "directory";
}

function resolved(value: unknown, from: string): unknown {
  if (Array.isArray(value)) return value.map((path) => resolved(path, from));
  return typeof value === "string" && value !== STREAM ? resolve(from, value) : value;
}
