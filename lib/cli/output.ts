import type { Event, Report } from "../app/events.ts";
import { Failure, reason } from "../model/failure.ts";
import { jsonLine, oneLine, printable } from "../model/printable.ts";
import type { Trouble } from "../model/trouble.ts";
import { asStarted } from "./invocation.ts";
import { journalLines, PRIORITY, type Priority } from "./journal.ts";
import { ProgressLine } from "./progress.ts";
import { canStall, STDERR, STDOUT, terminalWidth } from "./sink.ts";
import { type Destination, Turns } from "./turns.ts";
import { TroubleLines } from "./trouble_lines.ts";

const CONSOLE: Destination = {
  isLive: true,
  stdout: (text) => STDOUT.write(text),
  stderr: (text) => STDERR.write(text),
};

interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly journal: boolean;
}

/**
 * The only writer to the console. Results go to standard output, with `--json` as one JSON object per line. Messages,
 * warnings and progress go to standard error. Every message is escaped here: it may hold text from hosts, stores, file
 * systems and libraries, and none of it may control the terminal or forge a line.
 */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #verbose: boolean;
  readonly #color: boolean;
  readonly #journal: boolean;
  readonly #troubles = new TroubleLines();
  readonly #options: OutputOptions;
  readonly #destination: Destination;
  readonly progress: ProgressLine | undefined;

  constructor(options: OutputOptions, destination = CONSOLE, progress: ProgressLine | undefined = undefined) {
    this.#options = options;
    this.#destination = destination;
    this.json = options.json;
    this.quiet = options.quiet;
    this.#verbose = options.verbose;
    this.#journal = options.journal;
    const terminal = Deno.stderr.isTerminal();
    this.#color = options.color && terminal;
    if (terminal && !options.quiet && !options.json) {
      this.progress = progress ?? new ProgressLine((text) => STDERR.write(text), undefined, terminalWidth);
    }
  }

  /** Returns outputs of work that runs at the same time. They share the progress line, which only the first one shows. */
  turns(): Turns {
    return new Turns(this.#destination, () => this.progress?.clear());
  }

  /** Returns an output that writes to another destination. */
  to(destination: Destination): Output {
    return new Output(this.#options, destination, this.progress);
  }

  /** Prints a result: `text` as one or several lines or, with `--json`, `value` as one line of JSON. */
  data(text: string | readonly string[], value: object): void {
    this.document([text].flat().map(oneLine).join("\n"), value);
  }

  /** Prints a row of a result, with a tab between two cells. No cell can contain one: it is escaped. */
  row(cells: readonly string[], value: object): void {
    this.document(cells.map(oneLine).join("\t"), value);
  }

  /**
   * Prints generated text that programs read byte by byte, such as flags, units or shell scripts. It is not escaped, so it
   * must not hold text from a host or a store.
   */
  document(text: string, value: object): void {
    this.flush();
    this.#clear();
    this.#destination.stdout((this.json ? jsonLine(value) : text) + "\n");
  }

  /**
   * Writes content of a backup as it is, and waits for its reader.
   *
   * @returns Whether the reader takes more.
   * @throws {Failure} if it cannot be written.
   */
  async content(bytes: Uint8Array): Promise<boolean> {
    if (await STDOUT.send(bytes)) return true;
    this.refuseLoss();
    return false;
  }

  /** Whether the reader of standard output has closed it, as `head` does. */
  get unread(): boolean {
    return STDOUT.readerGone;
  }

  /** Reason why output was lost; undefined if no loss is known. */
  get lost(): string | undefined {
    return [STDOUT.lost, STDERR.lost].filter((why) => why !== undefined).join("; ") || undefined;
  }

  /** Stops waiting for slow or stopped readers: from now on output is queued. */
  goToBackground(): void {
    for (const [descriptor, sink] of [STDOUT, STDERR].entries()) {
      if (canStall(descriptor + 1)) sink.goToBackground();
    }
  }

  /**
   * Fails if standard output was lost, unless its reader closed it. For commands whose result is their output.
   *
   * @throws {Failure} if output was lost.
   */
  refuseLoss(): void {
    if (STDOUT.lost === undefined || STDOUT.readerGone) return;
    throw new Failure(`Cannot write the output: ${STDOUT.lost}`);
  }

  /** Waits up to `milliseconds` until all output is written. Returns whether no write is pending. */
  async written(milliseconds: number): Promise<boolean> {
    const done = await Promise.all([STDOUT, STDERR].map((sink) => sink.flush(milliseconds)));
    return done.every((it) => it);
  }

  /** Prints a message, unless `--quiet` or `--json` is set. */
  say(text: string, priority: Priority = PRIORITY.INFO): void {
    if (!this.quiet && !this.json) this.#report("", text, priority);
  }

  /** Prints a message with `--verbose` only. */
  detail(text: string): void {
    if (this.#verbose) this.say(text, PRIORITY.DEBUG);
  }

  /** Prints a warning, unless `--json` is set. */
  warn(text: string): void {
    if (!this.json) this.#report(this.#paint("33", "warning: "), text, PRIORITY.WARNING);
  }

  /** Prints the error that ended the run. `advice` is the hint if the error has none. */
  fail(thrown: unknown, advice?: string): void {
    const hint = hintOf(thrown, advice);
    if (this.json && STDOUT.lost === undefined) {
      return this.data("", { event: "error", message: reason(thrown), ...(hint ? { hint } : {}) });
    }
    this.#fail(thrown, hint);
  }

  /** Prints the error of one of several hosts. The command continues. */
  failHost(host: string, thrown: unknown, advice?: string): void {
    const hint = hintOf(thrown, advice);
    if (this.json) {
      return this.data("", { event: "failed", host, message: reason(thrown), ...(hint ? { hint } : {}) });
    }
    this.#fail(thrown, hint, `${host}: `);
  }

  #fail(thrown: unknown, hint: string | undefined, about = ""): void {
    this.flush();
    const { headline, details } = thrown instanceof Failure ? thrown : unforeseen(thrown);
    this.#report(this.#paint("31", "error: "), about + headline, PRIORITY.ERROR);
    for (const detail of details) this.#report("  ", detail, PRIORITY.ERROR);
    if (hint) this.#report(this.#paint("36", "hint: "), hint, PRIORITY.NOTICE);
    if (!(thrown instanceof Failure)) this.#trace(thrown);
    else if (thrown.cause !== undefined) this.#trace(thrown.cause, "cause: ");
  }

  #trace(thrown: unknown, prefix = ""): void {
    if (!(thrown instanceof Error)) return;
    this.detail(`${prefix}${thrown.name}: ${thrown.message}`);
    for (const frame of (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line))) {
      this.detail(frame);
    }
  }

  /** Prints an event of a run. */
  readonly report: Report = (event: Event): void => {
    if (event.event === "progress") {
      return STDERR.busy || !this.#destination.isLive ? undefined : this.progress?.update(event);
    }
    if (this.json) return this.data("", event);
    if (event.event === "output") return this.say(`${event.from}: ${printable(event.text)}`);
    if (event.event === "note") return this.say(event.text);
    if (event.event === "warning") return this.warn(event.text);
    this.#trouble(event);
  };

  /** Prints the number of paths that were counted instead of named. */
  flush(): void {
    for (const line of this.#troubles.rest()) this.warn(line);
  }

  #trouble(trouble: Trouble): void {
    const line = `${trouble.kind}: ${printable(trouble.path)}: ${trouble.reason}`;
    if (trouble.kind === "skipped") return this.detail(line);
    const reported = this.#verbose ? line : this.#troubles.lineFor(trouble);
    if (reported !== undefined) this.warn(reported);
  }

  /** Writes a line to standard error. `text` is escaped, `prefix` is not. */
  #report(prefix: string, text: string, priority: Priority): void {
    this.#clear();
    const line = prefix + asStarted(oneLine(text));
    this.#destination.stderr((this.#journal ? journalLines(line, priority) : line) + "\n");
  }

  #clear(): void {
    if (this.#destination.isLive) this.progress?.clear();
  }

  #paint(code: string, text: string): string {
    return this.#color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** Returns the hint of an error, or else `advice`, with commands as the user started this one. */
function hintOf(thrown: unknown, advice: string | undefined): string | undefined {
  const hint = (thrown instanceof Failure ? thrown.hint : undefined) ?? advice;
  return hint === undefined ? undefined : asStarted(hint);
}

/** Returns the text of an error that nightdrop did not raise itself. */
function unforeseen(thrown: unknown): Pick<Failure, "headline" | "details"> {
  return { headline: reason(thrown), details: [] };
}
