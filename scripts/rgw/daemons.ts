/** Processes that run in the background for a directory: each has a file `<name>.pid` there, and its path among its arguments. */
import { join } from "node:path";
import { textOf } from "../../lib/disk/text_of.ts";

/** Returns the process ids of the daemons of `directory` that run, by name. */
export function daemonsOf(directory: string, names: readonly string[]): Map<string, number> {
  const running = names.map((name) => [name, daemon(directory, name)] as const);
  return new Map(running.filter((it): it is [string, number] => it[1] !== undefined));
}

/** Kills the daemons of `directory`, and waits for their end. */
export function killDaemons(directory: string, names: readonly string[]): void {
  const pids = [...daemonsOf(directory, names).values()];
  for (const pid of pids) Deno.kill(pid, "SIGKILL");
  while (pids.some((pid) => runsIn(pid, directory))) sleep(10);
}

function daemon(directory: string, name: string): number | undefined {
  const pid = Number(textOf(join(directory, `${name}.pid`)) ?? 0);
  return pid > 0 && runsIn(pid, directory) ? pid : undefined;
}

/** Returns whether `pid` is a daemon of `directory`, and not another process that reuses its id. */
function runsIn(pid: number, directory: string): boolean {
  return commandLine(pid).some((argument) => argument.startsWith(`${directory}/`));
}

/**
 * Returns the command line of a process; empty if it has ended. Deno itself reads `/proc` only with all permissions.
 */
export function commandLine(pid: number): string[] {
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${pid}/cmdline`], stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
