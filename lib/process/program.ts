/**
 * Programs of other people: they are started without a shell, told to end when their time is over, and whatever they
 * say is told line by line.
 *
 * @module
 */
import { Failure, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { programEnvironment } from "./environment.ts";
import { ProcessGroup } from "./group.ts";
import { reportLines } from "./lines.ts";
import type { User } from "./user.ts";

/** A program, and what it is run with. */
export interface Program {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Beside what every program gets: {@link programEnvironment}. */
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
  /** Told what is waited for when the program has said nothing for a while. */
  readonly waiting?: ((text: string) => void) | undefined;
  /** Milliseconds after which silence is worth a word; 5 minutes. */
  readonly silence?: number | undefined;
  /** Told of each line that it writes to its standard error (and, where that is not wanted, output). */
  readonly line: (text: string) => void;
}

/** Between SIGTERM and SIGKILL. */
const PATIENCE = 10_000;

/** How long its outputs are read when it has ended: a program that it has left behind may hold them for ever. */
const AFTERMATH = 1000;

/** How often it is looked whether a group has ended that was told to. */
const LOOK = 50;

const SILENCE = 5 * 60_000;

/** Lines that go into the message of a failure. */
const LAST_WORDS = 3;

/**
 * Runs a program to its end.
 *
 * @throws {Failure} when it cannot be started, takes too long, or ends in anything but exit code 0.
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

/** A program that runs, as the leader of a process group of its own. */
export class RunningProgram {
  /** What it writes to its standard output. It is to be read to its end, or cancelled. */
  readonly output: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** How it ended, whoever of its group goes on. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #group: ProcessGroup;
  readonly #supervision: Supervision;
  readonly #errors: Promise<void>;
  readonly #lastWords: string[] = [];
  readonly #supervised: Promise<Deno.CommandStatus>;
  #tooLong = false;
  #heard = performance.now();

  /** @throws {Failure} when it cannot be started. */
  constructor(program: Program, supervision: Supervision) {
    this.#name = program.command[0];
    this.#supervision = supervision;
    this.#child = start(program);
    this.#group = new ProcessGroup(this.#child);
    this.output = this.#child.stdout;
    this.ended = this.#child.status;
    this.#supervised = this.#supervise();
    this.#errors = this.report(this.#child.stderr);
  }

  /**
   * Resolves when it has ended well.
   *
   * @throws {Failure} when it has not; the signal's reason when that was why.
   */
  async succeeded(): Promise<void> {
    const { code, signal } = await this.#supervised;
    await this.#errors;
    this.#supervision.signal?.throwIfAborted();
    if (code === 0 && !this.#tooLong) return;
    throw new Failure(`${this.quoted} ${this.#how(code, signal)}`, { hint: this.#hint() });
  }

  /** Tells the lines of one of its outputs, not much longer than it runs. */
  async report(output: ReadableStream<Uint8Array>): Promise<void> {
    const enough = new AbortController();
    const reported = reportLines(output, enough.signal, (line) => {
      this.hear();
      this.#lastWords.push(line);
      if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift();
      this.#supervision.line(line);
    });
    await this.ended;
    const timer = setTimeout(() => enough.abort(), AFTERMATH);
    await reported;
    clearTimeout(timer);
  }

  /** Notes that it has just written something. */
  hear(): void {
    this.#heard = performance.now();
  }

  /** Its name for messages. */
  get quoted(): string {
    return `"${printable(this.#name)}"`;
  }

  /**
   * Ends it and all of its group: SIGTERM, then SIGKILL for those who are left. Once it has ended itself, the others get
   * little time: they may be dead already where nobody reaps them, as in a container without an init.
   */
  async end(): Promise<void> {
    let deadline = performance.now() + PATIENCE;
    void this.ended.then(() => deadline = Math.min(deadline, performance.now() + AFTERMATH));
    await this.#group.send("SIGTERM");
    while (await this.#group.send(0)) {
      if (performance.now() > deadline) {
        await this.#group.send("SIGKILL");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
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
    const { waiting, silence = SILENCE } = this.#supervision;
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
    if (this.#lastWords.length === 0) return undefined;
    return `Its last words: ${this.#lastWords.map(printable).join(" | ")}`;
  }
}

function minutes(milliseconds: number): string {
  return `${Math.round(milliseconds / 6000) / 10} min`;
}

function start({ command: [name, ...args], environment, user }: Program): Deno.ChildProcess {
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  try {
    return new Deno.Command(name, {
      args,
      ...as,
      cwd: "/",
      clearEnv: true,
      env: programEnvironment(user, environment),
      detached: true, // setsid(2)
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new Failure(`Cannot run "${printable(name)}": ${why(error)}`, { hint: hint(error), cause: error });
  }
}

function why(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "the sandbox does not grant it";
  if (error instanceof Deno.errors.NotFound) return "there is no such program";
  return reason(error);
}

function hint(error: unknown): string | undefined {
  if (error instanceof Deno.errors.NotCapable) return "Grant it with `permissions --write`";
  if (error instanceof Deno.errors.NotFound) return "Name it with its full path: cron's PATH is short";
  return undefined;
}
