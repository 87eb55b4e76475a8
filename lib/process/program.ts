/**
 * Starts the programs that the config names: without a shell, with a time limit, and with their output reported line by
 * line.
 *
 * @module
 */
import { Failure, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { programEnvironment } from "./environment.ts";
import { ProcessGroup } from "./group.ts";
import { reportLines } from "./lines.ts";
import type { User } from "./user.ts";

/** Program with its environment and user. */
export interface Program {
  /** Program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Variables in addition to the standard ones: {@link programEnvironment}. */
  readonly environment: Readonly<Record<string, string>>;
  /** User that runs it; undefined for the user of this process. Another user requires root. */
  readonly user?: User | undefined;
  /** File that it gets on its standard input. Default: nothing. */
  readonly input?: string | undefined;
}

/** Limits of a program, and callbacks for its output. */
export interface Supervision {
  /** Ends the program when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Time limit in milliseconds. Default: no limit. */
  readonly timeLimit?: number | undefined;
  /** Called if the program has written nothing for a while. */
  readonly waiting?: ((text: string) => void) | undefined;
  /** Time without output after which `waiting` is called, in milliseconds. Default: 5 minutes. */
  readonly silence?: number | undefined;
  /** Called for each line of its standard error and, in {@link runProgram}, of its standard output. */
  readonly line: (text: string) => void;
}

/** Time between SIGTERM and SIGKILL. */
const KILL_AFTER_MS = 10_000;

/** Time to read the outputs after the program ended: a child process may hold them for ever. */
const AFTERMATH_MS = 1000;

/** Interval at which an ended group is checked. */
const CHECK_MS = 50;

const SILENCE_MS = 5 * 60_000;

/** Number of lines that a failure quotes. */
const LAST_LINES = 3;

/**
 * Runs a program to its end.
 *
 * @throws {Failure} if it cannot be started, exceeds its time limit, or does not exit with 0.
 */
export async function runProgram(program: Program, supervision: Supervision): Promise<void> {
  const running = new RunningProgram(program, supervision);
  const reported = running.report(running.output);
  try {
    await running.succeeded();
  } finally {
    await reported;
  }
}

/** Running program, as the leader of its own process group. */
export class RunningProgram {
  /** Standard output, which the caller must read to the end or cancel. */
  readonly output: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Exit status of the program itself; child processes may continue. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #group: ProcessGroup;
  readonly #supervision: Supervision;
  readonly #errors: Promise<void>;
  readonly #lastLines: string[] = [];
  readonly #supervised: Promise<Deno.CommandStatus>;
  #tooLong = false;
  #heard = performance.now();

  /** @throws {Failure} if the program cannot be started. */
  constructor(program: Program, supervision: Supervision) {
    this.#name = program.command[0];
    this.#supervision = supervision;
    this.#child = start(program);
    if (program.input !== undefined) void feed(this.#child, program.input);
    this.#group = new ProcessGroup(this.#child);
    this.output = this.#child.stdout;
    this.ended = this.#child.status;
    this.#supervised = this.#supervise();
    this.#errors = this.report(this.#child.stderr);
  }

  /**
   * Resolves when the program has succeeded.
   *
   * @throws {Failure} if it failed.
   * @throws {Error} the reason of the signal, if it is aborted.
   */
  async succeeded(): Promise<void> {
    const { code, signal } = await this.#supervised;
    await this.#errors;
    this.#supervision.signal?.throwIfAborted();
    if (code === 0 && !this.#tooLong) return;
    throw new Failure(`${this.quoted} ${this.#how(code, signal)}`, { hint: this.#hint() });
  }

  /** Reports the lines of an output until shortly after the program ended. */
  async report(output: ReadableStream<Uint8Array>): Promise<void> {
    const enough = new AbortController();
    const reported = reportLines(output, enough.signal, (line) => {
      this.hear();
      this.#lastLines.push(line);
      if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
      this.#supervision.line(line);
    });
    await this.ended;
    const timer = setTimeout(() => enough.abort(), AFTERMATH_MS);
    await reported;
    clearTimeout(timer);
  }

  /** Records that the program has just written something. */
  hear(): void {
    this.#heard = performance.now();
  }

  /** Quoted name for messages. */
  get quoted(): string {
    return `"${printable(this.#name)}"`;
  }

  /**
   * Ends the program and its group: SIGTERM, then SIGKILL for the remaining processes. After the program itself has ended,
   * the others get little time: in a container without an init they may be zombies.
   */
  async end(): Promise<void> {
    let deadline = performance.now() + KILL_AFTER_MS;
    void this.ended.then(() => deadline = Math.min(deadline, performance.now() + AFTERMATH_MS));
    await this.#group.send("SIGTERM");
    while (await this.#group.send(0)) {
      if (performance.now() > deadline) {
        await this.#group.send("SIGKILL");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
    }
  }

  async #supervise(): Promise<Deno.CommandStatus> {
    const { signal, timeLimit } = this.#supervision;
    let ending: Promise<void> | undefined;
    const end = (): void => void (ending ??= this.end());
    const tooLong = (): void => {
      this.#tooLong = true;
      end();
    };
    const timer = timeLimit === undefined ? undefined : setTimeout(tooLong, timeLimit);
    const watch = this.#watchSilence();
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    try {
      const status = await this.ended;
      await ending;
      return status;
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      signal?.removeEventListener("abort", end);
    }
  }

  #watchSilence(): ReturnType<typeof setInterval> {
    const { waiting, silence = SILENCE_MS } = this.#supervision;
    const begun = performance.now();
    return setInterval(() => {
      const now = performance.now();
      if (now - this.#heard < silence) return;
      this.#heard = now;
      waiting?.(
        `${this.quoted} has run for ${minutes(now - begun)} and written nothing for ${minutes(silence)}`,
      );
    }, silence / 5);
  }

  #how(code: number, signal: Deno.Signal | null): string {
    if (this.#tooLong) return `took longer than ${this.#supervision.timeLimit! / 1000} s and was ended`;
    return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  }

  #hint(): string | undefined {
    if (this.#lastLines.length === 0) return undefined;
    return `Its last lines: ${this.#lastLines.map(printable).join(" | ")}`;
  }
}

function minutes(milliseconds: number): string {
  return `${Math.round(milliseconds / 6000) / 10} min`;
}

/** A program that ends, or stops reading, decides by its exit code whether it has failed. */
async function feed({ stdin }: Deno.ChildProcess, file: string): Promise<void> {
  try {
    await (await Deno.open(file)).readable.pipeTo(stdin);
  } catch {
    await stdin.abort().catch(() => {}); // without its end, what is cut off would seem whole
  }
}

function start({ command: [name, ...args], environment, user, input }: Program): Deno.ChildProcess {
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  try {
    return new Deno.Command(name, {
      args,
      ...as,
      cwd: "/",
      clearEnv: true,
      env: programEnvironment(user, environment),
      detached: true, // setsid(2)
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new Failure(`Cannot run "${printable(name)}": ${why(error)}`, { hint: hint(error), cause: error });
  }
}

function why(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "the sandbox does not grant it";
  if (error instanceof Deno.errors.NotFound) return "the program does not exist";
  return reason(error);
}

function hint(error: unknown): string | undefined {
  if (error instanceof Deno.errors.NotCapable) return "Run `nightdrop permissions --write`";
  if (error instanceof Deno.errors.NotFound) return "Set its full path: cron's PATH is short";
  return undefined;
}
