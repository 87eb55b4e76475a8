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
  const env = { ...variables(args), AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", ...options.env };
  const [program = "", ...rest] = commandLine(args, flags);
  return run(program, rest, { ...options, env });
}

/** The words of `nightdrop COMMAND ARGS`, for those who start it by other means. */
export function commandLine(args: string[], flags: string[] = []): string[] {
  const [verb = "", ...others] = denoArguments(args);
  return [Deno.execPath(), verb, ...flags, ...others, ...args];
}

/** Starts `nightdrop COMMAND ARGS` in a directory, for tests that do something to it while it runs. */
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
    env: { ...variables(args), NO_COLOR: "1", ...env },
  }).spawn();
}

/** The arguments for Deno that the task of a command has. */
function denoArguments(args: string[]): string[] {
  const words = wordsOf(args);
  const deno = words.indexOf("deno");
  if (deno < 0 || words[deno + 1] !== "run") throw new Error(`The task ${args[0]} is no deno run`);
  const flags = words.slice(deno + 2, words.indexOf("mod.ts"));
  return ["run", "--config", `${root}/deno.json`, ...flags, `${root}/mod.ts`];
}

/** The variables of the environment that it sets. */
function variables(args: string[]): Record<string, string> {
  const words = wordsOf(args);
  return Object.fromEntries(words.slice(0, words.indexOf("deno")).map((it) => it.split("=", 2)));
}

/**
 * The words of the task of a command in `deno.json`, which is what users run. A mistyped command has no task and gets the
 * powers of `list`.
 */
function wordsOf([command = "list"]: string[]): string[] {
  const task = TASKS[Object.hasOwn(TASKS, command) ? command : "list"]!.command;
  return task.replace(OWNER_DIRECTORIES, "").split(" ");
}

/** Permission to write the directories of this machine's owner, which no test touches. */
const OWNER_DIRECTORIES = / --allow-write="\$\(sh lib\/permissions\/owner_directories\.sh [a-z ]+\)"/;

/** Each line of JSON output. */
// deno-lint-ignore no-explicit-any
export function jsonLines(text: string): any[] {
  return text.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
