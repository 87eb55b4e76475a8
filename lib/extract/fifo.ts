/**
 * Makes a fifo with the program `mkfifo`: Deno has no such call.
 *
 * @returns Whether it was made; not where the program is missing, or this process may not run it.
 */
export function makeFifo(path: string): boolean {
  const args = ["-m", "600", "--", path];
  try {
    return new Deno.Command("mkfifo", { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}
