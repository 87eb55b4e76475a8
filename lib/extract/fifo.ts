/**
 * Makes a fifo with the program `mkfifo`: Deno has no such call.
 *
 * @returns Whether it was made; not where the program is missing, or this process may not run it.
 */
export function makeFifo(path: string): boolean {
  const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
  try {
    // It needs nothing of the environment, in which secrets may be.
    const mkfifo = new Deno.Command("mkfifo", { args: ["-m", "600", "--", path], clearEnv: true, ...quiet });
    return mkfifo.outputSync().success;
  } catch {
    return false;
  }
}
