import type { Event, Report } from "../app/events.ts";
import { Failure, reason } from "../model/failure.ts";
import { jsonLine, oneLine, printable } from "../model/printable.ts";
import type { Trouble } from "../model/trouble.ts";
import { journalLines, PRIORITY, type Priority } from "./journal.ts";
import { ProgressLine } from "./progress.ts";
import { canStall, STDERR, STDOUT } from "./sink.ts";
import { TroubleLines } from "./trouble_lines.ts";

/**
 * The only writer to the console. Data go to stdout, one JSON object a line with `--json`; messages, warnings and
 * progress go to stderr. Every message passes one gate here, whoever wrote it: hosts, stores, file systems and libraries
 * put text into messages, and none of it can steer the terminal or forge a line.
 */
export class Output {
  readonly json: boolean;
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  readonly #color: boolean;
  readonly #journal: boolean;
  readonly #troubles = new TroubleLines();
  readonly progress: ProgressLine | undefined;

  constructor(
    options: { json: boolean; quiet: boolean; verbose: boolean; color: boolean; journal: boolean },
  ) {
    this.json = options.json;
    this.#quiet = options.quiet;
    this.#verbose = options.verbose;
    this.#journal = options.journal;
    const terminal = Deno.stderr.isTerminal();
    this.#color = options.color && terminal;
    if (terminal && !options.quiet && !options.json) {
      this.progress = new ProgressLine((text) => STDERR.write(text));
    }
  }

  /** A piece of data: `text` for people, a line or several, or `value` as a line of JSON. */
  data(text: string | readonly string[], value: object): void {
    this.document([text].flat().map(oneLine).join("\n"), value);
  }

  /**
   * A text of our own making that programs read byte for byte, such as flags, units or a shell's script. It is not
   * escaped: nothing of a host or a store may be in it.
   */
  document(text: string, value: object): void {
    this.flush();
    this.progress?.clear();
    STDOUT.write((this.json ? jsonLine(value) : text) + "\n");
  }

  /** Whether nobody reads the data any more, such as `head`. */
  get unread(): boolean {
    return STDOUT.readerGone;
  }

  /** Why some output is lost, in words; undefined where none is, as far as one can tell. */
  get lost(): string | undefined {
    return [STDOUT.lost, STDERR.lost].filter((why) => why !== undefined).join("; ") || undefined;
  }

  /** From now on no reader, terminal or pipe that is slow or stopped holds the run up. */
  goToBackground(): void {
    for (const [descriptor, sink] of [STDOUT, STDERR].entries()) {
      if (canStall(descriptor + 1)) sink.goToBackground();
    }
  }

  /**
   * A command whose work is its output has failed when that is lost, unless the reader wanted no more of it.
   *
   * @throws {Failure}
   */
  refuseLoss(): void {
    if (STDOUT.lost === undefined || STDOUT.readerGone) return;
    throw new Failure(`Cannot write the output: ${STDOUT.lost}`);
  }

  /** Waits until all is written, but no longer than `milliseconds`; returns whether nothing is under way any more. */
  async written(milliseconds: number): Promise<boolean> {
    const done = await Promise.all([STDOUT, STDERR].map((sink) => sink.flush(milliseconds)));
    return done.every((it) => it);
  }

  /** Talk: what happens, and what to do next. */
  say(text: string, priority: Priority = PRIORITY.INFO): void {
    if (!this.#quiet && !this.json) this.#report("", text, priority);
  }

  /** What only `--verbose` wants to know. */
  detail(text: string): void {
    if (this.#verbose) this.say(text, PRIORITY.DEBUG);
  }

  warn(text: string): void {
    if (!this.json) this.#report(this.#paint("33", "warning: "), text, PRIORITY.WARNING);
  }

  /** The last words of a run that failed. `advice` stands in where the failure has no hint of its own. */
  fail(thrown: unknown, advice?: string): void {
    const hint = (thrown instanceof Failure ? thrown.hint : undefined) ?? advice;
    if (this.json && STDOUT.lost === undefined) {
      return this.data("", { event: "error", message: reason(thrown), ...(hint ? { hint } : {}) });
    }
    this.#fail(thrown, hint);
  }

  /** Why one host of several failed. The command goes on. */
  failHost(host: string, thrown: unknown, advice?: string): void {
    const hint = (thrown instanceof Failure ? thrown.hint : undefined) ?? advice;
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

  readonly report: Report = (event: Event): void => {
    if (event.event === "progress") return STDERR.busy ? undefined : this.progress?.update(event);
    if (this.json) return this.data("", event);
    if (event.event === "output") return this.say(`${event.from}: ${printable(event.text)}`);
    if (event.event === "note") return this.say(event.text);
    if (event.event === "warning") return this.warn(event.text);
    this.#trouble(event);
  };

  /** Tells of the paths that were not named one by one. To be called at the end, and done before data. */
  flush(): void {
    for (const line of this.#troubles.rest()) this.warn(line);
  }

  #trouble(trouble: Trouble): void {
    const line = `${trouble.kind}: ${printable(trouble.path)}: ${trouble.reason}`;
    if (trouble.kind === "skipped") return this.detail(line);
    const reported = this.#verbose ? line : this.#troubles.lineFor(trouble);
    if (reported !== undefined) this.warn(reported);
  }

  /** The gate: `text` is whatever somebody wrote, `prefix` is ours. The journal has times of its own. */
  #report(prefix: string, text: string, priority: Priority): void {
    this.progress?.clear();
    const line = prefix + oneLine(text);
    STDERR.write((this.#journal ? journalLines(line, priority) : line) + "\n");
  }

  #paint(code: string, text: string): string {
    return this.#color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** An error that nobody foresaw has a message of the system's or a library's. */
function unforeseen(thrown: unknown): Pick<Failure, "headline" | "details"> {
  return { headline: reason(thrown), details: [] };
}
