/** Runs shell scripts, in which the contenders are written. */
import { shellQuoted as quoted } from "../../lib/model/shell.ts";

export { quoted };

/** Runs a bash script and returns its output. Throws if it fails. */
export async function bash(script: string): Promise<string> {
  const args = ["-c", `set -euo pipefail\n${script}`];
  const { code, stdout, stderr } = await new Deno.Command("bash", { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Exit ${code} of:\n${script}\n${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}

/** Returns whether a program is in the PATH. */
export async function has(program: string): Promise<boolean> {
  return await bash(`command -v ${quoted(program)} > /dev/null && echo yes || true`) === "yes";
}

/** Prints a progress line. */
export function report(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
