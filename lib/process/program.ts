/**
 * Programs of other people: they are started without a shell, told to end when their time is over, and whatever they
 * say is told line by line.
 *
 * @module
 */
import { Failure, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { tellLines } from "./lines.ts";
import type { User } from "./user.ts";

/** A program, and what it is run with. */
export interface Program {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Beside what this process has in its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: whoever runs this process. Another than that needs root. */
  readonly user?: User | undefined;
}

/** When it has to end, and who is told what it says. */
export interface Supervision {
  /** Aborted, it is told to end. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that it may take; no limit where there is none. */
  readonly timeLimit?: number | undefined;
  /** Told of each line that it writes to its standard error (and, where that is not wanted, output). */
  readonly line: (text: string) => void;
}

/** Between SIGTERM and SIGKILL. */
const PATIENCE = 10_000;

/** How long its outputs are read when it has ended: a program that it has left behind may hold them for ever. */
const AFTERMATH = 1000;

/** Lines that go into the message of a failure. */
const LAST_WORDS = 3;

/**
 * Runs a program to its end.
 *
 * @throws {Failure} when it cannot be started, takes too long, or ends in anything but exit code 0.
 */
export async function runProgram(program: Program, supervision: Supervision): Promise<void> {
  const running = new RunningProgram(program, supervision);
  const told = running.tell(running.output);
  try {
    await running.succeeded();
  } finally {
    await told;
  }
}

/** A program that runs. */
export class RunningProgram {
  /** What it writes to its standard output. It is to be read to its end, or cancelled. */
  readonly output: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #supervision: Supervision;
  readonly #errors: Promise<void>;
  readonly #lastWords: string[] = [];
  readonly #ended: Promise<Deno.CommandStatus>;
  #tooLong = false;

  /** @throws {Failure} when it cannot be started. */
  constructor(program: Program, supervision: Supervision) {
    this.#name = program.command[0];
    this.#supervision = supervision;
    this.#child = start(program);
    this.output = this.#child.stdout;
    this.#ended = this.#supervised();
    this.#errors = this.tell(this.#child.stderr);
  }

  /**
   * Resolves when it has ended well.
   *
   * @throws {Failure} when it has not; the signal's reason when that was why.
   */
  async succeeded(): Promise<void> {
    const { code, signal } = await this.#ended;
    await this.#errors;
    this.#supervision.signal?.throwIfAborted();
    if (code === 0 && !this.#tooLong) return;
    throw new Failure(`${this.#quoted} ${this.#how(code, signal)}`, { hint: this.#hint() });
  }

  /** Tells the lines of one of its outputs, not much longer than it runs. */
  async tell(output: ReadableStream<Uint8Array>): Promise<void> {
    const enough = new AbortController();
    const told = tellLines(output, enough.signal, (line) => {
      this.#lastWords.push(line);
      if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift();
      this.#supervision.line(line);
    });
    await this.#ended;
    const timer = setTimeout(() => enough.abort(), AFTERMATH);
    await told;
    clearTimeout(timer);
  }

  async #supervised(): Promise<Deno.CommandStatus> {
    const { signal, timeLimit } = this.#supervision;
    let killer: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      kill(this.#child, "SIGTERM");
      killer = setTimeout(() => kill(this.#child, "SIGKILL"), PATIENCE);
    };
    const tooLong = (): void => {
      this.#tooLong = true;
      end();
    };
    const timer = timeLimit === undefined ? undefined : setTimeout(tooLong, timeLimit);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    try {
      return await this.#child.status;
    } finally {
      clearTimeout(timer);
      clearTimeout(killer);
      signal?.removeEventListener("abort", end);
    }
  }

  get #quoted(): string {
    return `"${printable(this.#name)}"`;
  }

  #how(code: number, signal: Deno.Signal | null): string {
    if (this.#tooLong) return `took longer than ${this.#supervision.timeLimit! / 1000} s and was ended`;
    return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  }

  #hint(): string | undefined {
    if (this.#lastWords.length === 0) return undefined;
    return `Its last words: ${this.#lastWords.map(printable).join(" | ")}`;
  }
}

function start({ command: [name, ...args], environment, user }: Program): Deno.ChildProcess {
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  const who = user === undefined ? {} : { HOME: user.home, USER: user.name, LOGNAME: user.name };
  try {
    return new Deno.Command(name, {
      args,
      ...as,
      cwd: "/",
      env: { ...who, ...environment },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new Failure(`Cannot run "${printable(name)}": ${why(error)}`, { hint: cure(error), cause: error });
  }
}

function why(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "the sandbox does not grant it";
  if (error instanceof Deno.errors.NotFound) return "there is no such program";
  return reason(error);
}

function cure(error: unknown): string | undefined {
  if (error instanceof Deno.errors.NotCapable) return "Grant it with `permissions --write`";
  if (error instanceof Deno.errors.NotFound) return "Name it with its full path: cron's PATH is short";
  return undefined;
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has just ended.
  }
}
