/** Runs the build scripts as their tasks run them. */
import { must, type Ran } from "./foreign.ts";

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
