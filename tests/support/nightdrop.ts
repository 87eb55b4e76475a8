/** The command line as a process of its own, in the sandbox of its task. */
import { type Ran, run, type RunOptions } from "./foreign.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

const TASKS: Record<string, { command: string }> =
  JSON.parse(Deno.readTextFileSync(`${root}/deno.json`)).tasks;

/** What a run has beyond its task. */
export interface More extends RunOptions {
  /** Flags of Deno, such as `--allow-run=sh` for a hook. */
  readonly flags?: string[];
}

/** Runs `nightdrop COMMAND ARGS`. Nothing of the caller's credentials reaches it. */
export function nightdrop(args: string[], { flags = [], ...options }: More = {}): Promise<Ran> {
  const env = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", ...options.env };
  const [program = "", ...rest] = commandLine(args, flags);
  return run(program, rest, { ...options, env });
}

/** The words of `nightdrop COMMAND ARGS`, for those who start it by other means. */
export function commandLine(args: string[], flags: string[] = []): string[] {
  const [verb = "", ...others] = denoArguments(args);
  return [Deno.execPath(), verb, ...flags, ...others, ...args];
}

/** Starts `nightdrop COMMAND ARGS` in a folder, for tests that do something to it while it runs. */
export function startNightdrop(
  args: string[],
  cwd: string,
  { flags = [], env = {} }: Pick<More, "flags" | "env"> = {},
): Deno.ChildProcess {
  const [program = "", ...rest] = commandLine(args, flags);
  return new Deno.Command(program, {
    args: rest,
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
  }).spawn();
}

/**
 * The arguments for Deno that the task of a command has in `deno.json`, which is what users run. A mistyped command
 * has no task and gets the powers of `list`.
 */
function denoArguments([command = "list"]: string[]): string[] {
  const words = TASKS[Object.hasOwn(TASKS, command) ? command : "list"]!.command.split(" ");
  if (words[0] !== "deno" || words[1] !== "run") throw new Error(`The task ${command} is no deno run`);
  return [
    "run",
    "--config",
    `${root}/deno.json`,
    ...words.slice(2, words.indexOf("mod.ts")),
    `${root}/mod.ts`,
  ];
}

/** Each line of JSON output. */
// deno-lint-ignore no-explicit-any
export function jsonLines(text: string): any[] {
  return text.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
