import { isGranted } from "../disk/granted.ts";
import process from "node:process";

/** A signal, or 0 to test whether the group exists: kill(2). */
type GroupSignal = Deno.Signal | 0;

/**
 * Process group of a program that was started as the leader of a new session (setsid(2)). It includes all child
 * processes, except those that left the group, as daemons do.
 *
 * Deno can signal a group only with permission to run every program. Otherwise `kill` is used, which is granted together
 * with the programs of dumps and hooks. Without `kill` only the leader is signalled.
 */
export class ProcessGroup {
  readonly #leader: Deno.ChildProcess;

  constructor(leader: Deno.ChildProcess) {
    this.#leader = leader;
  }

  /** Sends a signal to the group. Returns whether a process received it. */
  async send(signal: GroupSignal): Promise<boolean> {
    if (isGranted({ name: "run" })) return this.#sendBySystem(signal);
    return await this.#sendByProgram(signal) ?? this.#sendToLeader(signal);
  }

  #sendBySystem(signal: GroupSignal): boolean {
    try {
      return process.kill(-this.#leader.pid, signal);
    } catch {
      return false; // the group is empty
    }
  }

  /** Signals with the program `kill`. Returns undefined if it is missing or not granted. */
  async #sendByProgram(signal: GroupSignal): Promise<boolean | undefined> {
    const name = signal === 0 ? "0" : signal.slice("SIG".length);
    try {
      const kill = new Deno.Command("kill", {
        // Without "--" procps 4.0.2 reads -1234 as -1, and signals every process.
        args: [`-${name}`, "--", `-${this.#leader.pid}`],
        clearEnv: true,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      });
      return (await kill.output()).success;
    } catch {
      return undefined;
    }
  }

  #sendToLeader(signal: GroupSignal): boolean {
    if (signal === 0) return false;
    try {
      this.#leader.kill(signal);
      return true;
    } catch {
      return false; // it has ended
    }
  }
}
