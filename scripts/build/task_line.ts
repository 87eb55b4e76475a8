import { type CommandName, type Launch, LAUNCHES, runFlags } from "../../lib/permissions/launch.ts";

/**
 * Returns the command line of a task in `deno.json`. It shows with which permissions and flags a command runs: programs and
 * people read it. The substitutions have no blanks, so that its words can be told apart by a simple program.
 */
export function taskLine(command: CommandName | "help"): string {
  const launch: Launch = LAUNCHES[command === "help" ? "man" : command];
  return [
    ...Object.entries(launch.environment).map((it) => it.join("=")),
    "deno run --quiet --no-prompt",
    ...runFlags(launch),
    ...(launch.writes.length === 0
      ? []
      : [`--allow-write="$(lib/permissions/${launch.writes.join("_")}.sh)"`]),
    'mod.ts --task "$(lib/permissions/task_context.sh)"',
    command,
  ].join(" ");
}
