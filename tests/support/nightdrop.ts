/** The command line as a process of its own, in the sandbox of its task. */
import {
  COMMAND_NAMES,
  type CommandName,
  entryOf,
  LAUNCHES,
  runFlags,
} from "../../lib/permissions/launch.ts";
import { type Ran, run, type RunOptions } from "./foreign.ts";
import { ownDirectories } from "./own_directories.ts";
import { programOf } from "./program.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** Variables of a run: none reads what another one has cached, and none writes into directories of this machine. */
function own(cwd = "/dev/null"): Record<string, string> {
  return { ...ownDirectories(cwd), NIGHTDROP_CACHE: "/dev/null" };
}

/** What a run has beyond its task. */
export interface More extends RunOptions {
  /** Flags of Deno, such as `--allow-run=sh` for a hook. */
  readonly flags?: string[];
}

/** Runs `nightdrop COMMAND ARGS`. Nothing of the caller's credentials reaches it. */
export function nightdrop(args: string[], { flags = [], ...options }: More = {}): Promise<Ran> {
  const keys = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
  const env = { ...variables(args), ...keys, ...own(options.cwd), ...options.env };
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
    env: { ...variables(args), NO_COLOR: "1", ...own(cwd), ...env },
  }).spawn();
}

/** The arguments for Deno that the launcher has for a command, without the directories of this machine's owner. A mistyped command gets the powers of `list`. */
function denoArguments(args: string[]): string[] {
  const command = commandOf(args);
  const launch = LAUNCHES[command];
  const entry = programOf(command)?.file ?? `${root}/${entryOf(launch)}`;
  return ["run", "--config", `${root}/deno.json`, "--quiet", "--no-prompt", ...runFlags(launch), entry];
}

/** The variables of the environment that it sets, and the cache of the program. */
function variables(args: string[]): Record<string, string> {
  const command = commandOf(args);
  const program = programOf(command);
  return { ...LAUNCHES[command].environment, ...(program && { DENO_DIR: program.cache }) };
}

function commandOf([command = ""]: string[]): CommandName {
  return COMMAND_NAMES.find((it) => it === command) ?? "list";
}

/** Each line of JSON output. */
// deno-lint-ignore no-explicit-any
export function jsonLines(text: string): any[] {
  return text.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
