import { isGranted } from "../disk/granted.ts";
import process from "node:process";

/** A signal, or 0, which is sent to nobody and only tells whether there is somebody: kill(2). */
type GroupSignal = Deno.Signal | 0;

/**
 * The process group of a program that was started as the leader of a session of its own (setsid(2)), and so of all that it
 * has started and that did not leave the group, such as daemons do.
 *
 * Deno lets nobody signal a group who may not run every program. Who may not runs `kill`, which is granted beside the
 * programs of dumps and hooks; without it only the leader is signalled.
 */
export class ProcessGroup {
  readonly #leader: Deno.ChildProcess;

  constructor(leader: Deno.ChildProcess) {
    this.#leader = leader;
  }

  /** Sends a signal to all of the group; returns whether there was anybody. */
  async send(signal: GroupSignal): Promise<boolean> {
    if (isGranted({ name: "run" })) return this.#sendBySystem(signal);
    return await this.#sendByProgram(signal) ?? this.#sendToLeader(signal);
  }

  #sendBySystem(signal: GroupSignal): boolean {
    try {
      return process.kill(-this.#leader.pid, signal);
    } catch {
      return false; // nobody is there
    }
  }

  /** Undefined where there is no such program, or it is not granted. */
  async #sendByProgram(signal: GroupSignal): Promise<boolean | undefined> {
    const name = signal === 0 ? "0" : signal.slice("SIG".length);
    try {
      const kill = new Deno.Command("kill", {
        // Without "--" procps 4.0.2 takes the first digit of -1234 for the whole of it, and signals every process there is.
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
      return false; // it has just ended
    }
  }
}
