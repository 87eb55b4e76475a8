import { dirname } from "node:path/posix";
import { exists } from "../disk/exists.ts";
import { denoCommand, type Installation } from "../app/installation.ts";
import type { Environment } from "../app/stores.ts";
import { Misuse } from "../model/failure.ts";
import { type CommandName, LAUNCHES, v8Flag } from "./launch.ts";

/** A command of nightdrop, as somebody starts it who has no shell and no PATH to speak of. */
export interface TaskCommand {
  /** The absolute path of a program, and its arguments. */
  readonly words: readonly string[];
  /** Directories that its own programs are found in. */
  readonly path: readonly string[];
  /** Environment variables that it is started with; those of a task are in the task. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * How a command is started by others than people.
 *
 * @throws {Misuse} where that is not known.
 */
export function taskCommand(how: Installation, command: CommandName, env: Environment): TaskCommand {
  const { environment } = LAUNCHES[command];
  if (how.kind === "executable") return { words: [how.file, command], path: [], environment };
  const [program = "", ...args] = denoCommand();
  const deno = program.startsWith("/") ? program : findProgram(program, env);
  const [path, start] = [[dirname(deno)], [deno, ...args]];
  if (how.kind === "script") {
    return { words: [...start, ...runArguments(command), how.file, command], path, environment };
  }
  const task = ["task", "--quiet", "--config", `${how.directory}/deno.json`, command];
  return { words: [...start, ...task], path, environment: {} };
}

/** Arguments of Deno that run a command of the script with its set of the `deno.json` beside it. */
function runArguments(command: CommandName): string[] {
  const launch = LAUNCHES[command];
  const cached = launch.cachedOnly ? ["--cached-only"] : [];
  return ["run", "--quiet", "--no-prompt", ...cached, ...v8Flag(launch), `-P=${launch.set}`];
}

function findProgram(name: string, env: Environment): string {
  for (const directory of (env("PATH") ?? "").split(":")) {
    const path = `${directory}/${name}`;
    if (directory.startsWith("/") && exists(path)) return path;
  }
  throw new Misuse(`"${name}" is not in the PATH`, { hint: "Install Deno: npm install --global deno" });
}
