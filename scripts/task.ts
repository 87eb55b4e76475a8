import { decodeTaskContext } from "../lib/cli/task_context.ts";

/**
 * Returns the arguments of a script. A task runs in the directory of its `deno.json`, and its first arguments are
 * `--task CONTEXT`, which has the directory of the user. This function changes to it, so that relative paths start from there.
 */
export function taskArguments(): string[] {
  const [flag, context = "", ...rest] = Deno.args;
  if (flag !== "--task") return [...Deno.args];
  Deno.chdir(decodeTaskContext(context).from);
  return rest;
}
