/** Shell, the language of the contenders. */
import { shellQuoted as quoted } from "../../lib/model/shell.ts";

export { quoted };

/** Runs a script of bash, which must succeed, and gives what it prints. */
export async function bash(script: string): Promise<string> {
  const args = ["-c", `set -euo pipefail\n${script}`];
  const { code, stdout, stderr } = await new Deno.Command("bash", { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Exit ${code} of:\n${script}\n${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}

/** Whether a program is on the PATH. */
export async function has(program: string): Promise<boolean> {
  return await bash(`command -v ${quoted(program)} > /dev/null && echo yes || true`) === "yes";
}

/** A line for whoever waits. */
export function report(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
