/**
 * The program that tests start as the command line: the sources, or in a whole run a bundle of them, which starts in
 * half the processor time.
 */
import { COMMAND_NAMES, type CommandName, LAUNCHES } from "../../lib/permissions/launch.ts";
import { bundle } from "../../scripts/build/bundle.ts";
import { ROOT } from "../../scripts/build/run.ts";

/** Environment variable with the directory that {@linkcode writePrograms} has written to. */
const PROGRAMS = "NIGHTDROP_TEST_PROGRAMS";

/** A bundle with the cache in which Deno keeps what V8 compiled of it. */
interface Program {
  readonly file: string;
  readonly cache: string;
}

/** Returns the directory of programs for all test files of a run; undefined in a test file that runs alone. */
export function sharedDirectory(): string | undefined {
  return Deno.env.get(PROGRAMS);
}

/** Returns the bundle for a command; undefined in a test file that runs alone. */
export function programOf(command: CommandName): Program | undefined {
  const directory = sharedDirectory();
  return directory === undefined ? undefined : programIn(directory, flagsOf(command));
}

/** Returns the directory that Deno keeps packages and what it compiled in. */
export function denoDirectory(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}

/** Bundles the sources as the program of this clone, and returns the environment in which tests start it. */
export async function writePrograms(directory: string): Promise<Record<string, string>> {
  const installation = JSON.stringify({ kind: "clone", directory: ROOT });
  const text = await bundle({ installation });
  for (const flags of new Set(COMMAND_NAMES.map(flagsOf))) {
    const { file, cache } = programIn(directory, flags);
    Deno.mkdirSync(cache, { recursive: true });
    Deno.symlinkSync(`${denoDirectory()}/npm`, `${cache}/npm`);
    Deno.writeTextFileSync(file, text);
  }
  return { [PROGRAMS]: directory };
}

/** Returns the V8 flags of a command. V8 compiles again what was compiled with others, Deno's own modules too. */
function flagsOf(command: CommandName): string {
  return LAUNCHES[command].v8.join("");
}

function programIn(directory: string, flags: string): Program {
  const at = `${directory}/with${flags}`;
  return { file: `${at}/nightdrop.js`, cache: `${at}/cache` };
}
