/**
 * Creates a fifo with the program `mkfifo`, because Deno has no such call.
 *
 * @returns Whether it was created: false if the program is missing, or this process may not run it.
 */
export function makeFifo(path: string): boolean {
  const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
  try {
    // The environment may contain secrets, and the program does not need it.
    const mkfifo = new Deno.Command("mkfifo", { args: ["-m", "600", "--", path], clearEnv: true, ...quiet });
    return mkfifo.outputSync().success;
  } catch {
    return false;
  }
}
