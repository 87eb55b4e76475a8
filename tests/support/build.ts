/** Runs of the scripts that make one file of nightdrop, as their tasks run them. */
import { must, type Ran } from "./foreign.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** Makes a script or an executable; gives what was told. */
export function make(
  what: "bundle" | "compile" | "standalone",
  args: string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const how = ["run", "--quiet", "--no-prompt", `--config=${root}/deno.json`, "-P=build"];
  return must(Deno.execPath(), [...how, `${root}/scripts/${what}.ts`, ...args], { env });
}
