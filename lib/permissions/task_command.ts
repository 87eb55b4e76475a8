import { dirname } from "node:path/posix";
import { exists } from "../disk/exists.ts";
import { denoCommand, type Installation } from "../app/installation.ts";
import type { Environment } from "../app/stores.ts";
import { Misuse } from "../model/failure.ts";
import { type CommandName, LAUNCHES, runFlags } from "./launch.ts";

/** Command line of nightdrop for cron and systemd, which start it without a shell and with a short PATH. */
export interface TaskCommand {
  /** Absolute path of the program, and its arguments. */
  readonly words: readonly string[];
  /** Directories of the programs that it needs. */
  readonly path: readonly string[];
  /** Environment variables that it needs. Those of a task are in the task. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Returns the command line with which cron and systemd start a command.
 *
 * @throws {Misuse} if Deno is not in the PATH.
 */
export function taskCommand(how: Installation, command: CommandName, env: Environment): TaskCommand {
  const { environment } = LAUNCHES[command];
  const words = how.kind === "executable" ? [how.file, command] : [];
  if (how.kind === "executable" && how.deno === undefined) return { words, path: [], environment };
  const [program = "", ...args] = denoCommand();
  const deno = program.startsWith("/") ? program : findProgram(program, env);
  if (how.kind === "executable") return { words, path: [dirname(deno)], environment };
  const [path, start] = [[dirname(deno)], [deno, ...args]];
  if (how.kind === "script") {
    return { words: [...start, ...scriptArguments(command), how.file, command], path, environment };
  }
  const task = ["task", "--quiet", "--config", `${how.directory}/deno.json`, command];
  return { words: [...start, ...task], path, environment: {} };
}

/** Returns the arguments of Deno that run the script with a set of the `deno.json` beside it. */
export function scriptArguments(command: CommandName): string[] {
  return ["run", "--quiet", "--no-prompt", ...runFlags({ ...LAUNCHES[command], lazy: false })];
}

function findProgram(name: string, env: Environment): string {
  for (const directory of (env("PATH") ?? "").split(":")) {
    const path = `${directory}/${name}`;
    if (directory.startsWith("/") && exists(path)) return path;
  }
  throw new Misuse(`Cannot find "${name}" in the PATH`, { hint: "Run: npm install --global deno" });
}
