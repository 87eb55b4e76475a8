/** Whether processes that a test has seen started have ended. */
import { run } from "./foreign.ts";

/** Long after a signal has ended a process on the slowest machine. */
const SOON_MS = 10_000;

/**
 * Whether a process is there and no zombie. A process that has ended stays a zombie until its parent waits for it, which the
 * first process of a container may do late or never; kill(2) finds it until then.
 */
export async function isAlive(pid: number): Promise<boolean> {
  // Deno itself reads `/proc` only with all permissions. proc_pid_stat(5): the name in brackets can hold anything.
  const { text } = await run("cat", [`/proc/${pid}/stat`]);
  const state = text.slice(text.lastIndexOf(")") + 2)[0];
  return state !== undefined && !"ZX".includes(state);
}

/** Whether a process ends, which takes a while after the signal that ends it. */
export async function ends(pid: number): Promise<boolean> {
  for (const begun = performance.now(); performance.now() - begun < SOON_MS;) {
    if (!await isAlive(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}
