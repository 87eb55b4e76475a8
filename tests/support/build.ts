/** Runs the build scripts as their tasks run them. */
import { exists } from "../../lib/disk/exists.ts";
import { must, type Ran } from "./foreign.ts";
import { sharedDirectory } from "./program.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** Builds a script or an executable and returns the output of the build. */
export function make(
  what: "bundle" | "compile" | "standalone" | "package",
  args: string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const how = ["run", "--quiet", "--no-prompt", `--config=${root}/deno.json`, "-P=build"];
  return must(Deno.execPath(), [...how, `${root}/scripts/${what}.ts`, ...args], { env });
}

/** Directory of builds in a test file that runs alone. */
let own: string | undefined;

/**
 * Returns the script or the executable for any machine, or the package. In a run of all tests it is built once for all files.
 *
 * @param make Writes the build to a file.
 */
export async function builtOnce(name: string, make: (file: string) => Promise<unknown>): Promise<string> {
  const directory = sharedDirectory() ?? (own ??= ownDirectory());
  const file = `${directory}/${name}`;
  if (exists(file)) return file;
  const unfinished = `${directory}/${Deno.pid}-${name}`;
  await make(unfinished);
  Deno.renameSync(unfinished, file); // another suite may have built the same in the meantime
  return file;
}

function ownDirectory(): string {
  const directory = Deno.makeTempDirSync({ prefix: "nightdrop-builds-" });
  addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  return directory;
}

/** Returns the single-file script. */
export function builtScript(): Promise<string> {
  return builtOnce("nightdrop.js", (file) => make("bundle", ["--output", file]));
}

/** Returns the executable for any machine. */
export function builtStandalone(): Promise<string> {
  return builtOnce("nightdrop", (file) => make("standalone", ["--quick", "--output", file]));
}
