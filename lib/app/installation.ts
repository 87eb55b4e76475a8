import { dirname } from "node:path/posix";
import { exists } from "./exists.ts";
import { Misuse } from "../model/failure.ts";
import { type CommandName, LAUNCHES, v8Flag } from "../permissions/launch.ts";
import type { Environment } from "./stores.ts";

/** How nightdrop is installed: where its own files are, and what decides over its permissions. */
export type Installation =
  /** A copy of the repository in `folder`, with `deno.json`; its tasks start it. */
  | { readonly kind: "clone"; readonly folder: string }
  /** The single-file script; there may be a `deno.json` beside it. */
  | { readonly kind: "script"; readonly file: string }
  /** One file with Deno in it, which brings its permissions along, and may have been built for one host. */
  | { readonly kind: "executable"; readonly file: string; readonly builtFor?: BuiltFor | undefined };

/** The host that an executable was built for. */
export interface BuiltFor {
  /** Its name in the config. */
  readonly host: string;
  /** Absolute path of the config there. */
  readonly config: string;
  /** What the config exports, if it is in the executable and not read from there. */
  readonly value?: unknown;
}

// The entry of a script or an executable says what it is before anything else runs; who says nothing is a clone.
let installed: Installation = {
  kind: "clone",
  folder: new URL("../..", import.meta.url).pathname.replace(/\/$/, ""),
};

/** How nightdrop is installed here. */
export function installation(): Installation {
  return installed;
}

/** Tells how nightdrop is installed here. */
export function installedAs(what: Installation): void {
  installed = what;
}

/** The host that this executable was built for, if it is one and was. */
export function builtFor(how: Installation): BuiltFor | undefined {
  return how.kind === "executable" ? how.builtFor : undefined;
}

/** The `deno.json` that sets of permissions are in, or can be; undefined for executables, which bring theirs. */
export function denoJson(how: Installation): string | undefined {
  if (how.kind === "clone") return `${how.folder}/deno.json`;
  return how.kind === "script" ? `${dirname(how.file)}/deno.json` : undefined;
}

/** Whether a file is part of nightdrop and loaded with it: a config that imports it needs no permission to read it. */
export function isLoaded(path: string, how: Installation): boolean {
  if (how.kind !== "clone") return path === how.file;
  return path === `${how.folder}/mod.ts` || path.startsWith(`${how.folder}/lib/`);
}

/** What starts this Deno from a shell. What npx has fetched lies in a cache, which people empty. */
export function denoCommand(): string[] {
  const program = Deno.execPath();
  return isFetched(program) ? ["npx", "--yes", `deno@${Deno.version.deno}`] : [program];
}

/** A command of nightdrop, as somebody starts it who has no shell and no PATH to speak of. */
export interface TaskCommand {
  /** The absolute path of a program, and its arguments. */
  readonly words: readonly string[];
  /** Folders that its own programs are found in. */
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
  const task = ["task", "--quiet", "--config", `${how.folder}/deno.json`, command];
  return { words: [...start, ...task], path, environment: {} };
}

/** Arguments of Deno that run a command of the script with its set of the `deno.json` beside it. */
function runArguments(command: CommandName): string[] {
  const launch = LAUNCHES[command];
  const cached = launch.cachedOnly ? ["--cached-only"] : [];
  return ["run", "--quiet", "--no-prompt", ...cached, ...v8Flag(launch), `-P=${launch.set}`];
}

function findProgram(name: string, env: Environment): string {
  for (const folder of (env("PATH") ?? "").split(":")) {
    const path = `${folder}/${name}`;
    if (folder.startsWith("/") && exists(path)) return path;
  }
  throw new Misuse(`"${name}" is not in the PATH`, { hint: "Install Deno: npm install --global deno" });
}

function isFetched(program: string): boolean {
  return program.includes("/_npx/");
}
