import type { Event, Report } from "../events.ts";
import { Failure, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { journalLines, PRIORITY, type Priority } from "./journal.ts";
import { ProgressLine } from "./progress.ts";

/**
 * The only writer to the console. Data go to stdout, one JSON object a line with `--json`; talk, warnings and
 * progress go to stderr. Whatever comes out of a store or a source tree is printed escaped.
 */
export class Output {
  readonly json: boolean;
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  readonly #color: boolean;
  readonly #journal: boolean;
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
      this.progress = new ProgressLine((text) => write(Deno.stderr, text));
    }
  }

  /** A piece of data: `text` for people, or `value` as a line of JSON. */
  data(text: string, value: object): void {
    this.progress?.clear();
    write(Deno.stdout, (this.json ? JSON.stringify(value) : text) + "\n");
  }

  /** Talk: what happens, and what to do next. */
  say(text: string, priority: Priority = PRIORITY.INFO): void {
    if (!this.#quiet && !this.json) this.#tell(text, priority);
  }

  /** What only `--verbose` wants to know. */
  detail(text: string): void {
    if (this.#verbose) this.say(text, PRIORITY.DEBUG);
  }

  warn(text: string): void {
    if (!this.json) this.#tell(`${this.#paint("33", "warning:")} ${text}`, PRIORITY.WARNING);
  }

  /** The last words of a run that failed. `advice` stands in where the failure has no hint of its own. */
  fail(thrown: unknown, advice?: string): void {
    const hint = (thrown instanceof Failure ? thrown.hint : undefined) ?? advice;
    if (this.json) {
      return this.data("", { event: "error", message: reason(thrown), ...(hint ? { hint } : {}) });
    }
    this.#tell(`${this.#paint("31", "error:")} ${reason(thrown)}`, PRIORITY.ERROR);
    if (hint) this.#tell(`${this.#paint("36", "hint:")} ${hint}`, PRIORITY.NOTICE);
    if (!(thrown instanceof Failure) && thrown instanceof Error) this.detail(thrown.stack ?? "");
    if (thrown instanceof Failure && thrown.cause instanceof Error) {
      this.detail(`cause: ${thrown.cause.stack}`);
    }
  }

  readonly report: Report = (event: Event): void => {
    if (event.event === "progress") return this.progress?.update(event);
    if (this.json) return this.data("", event);
    if (event.event === "output") return this.say(`${event.from}: ${printable(event.text)}`);
    if (event.event === "note") return this.say(event.text);
    if (event.event === "warning") return this.warn(event.text);
    const line = `${event.kind}: ${printable(event.path)}: ${event.reason}`;
    if (event.kind === "skipped") this.detail(line);
    else this.warn(line);
  };

  /** The journal has times of its own. */
  #tell(text: string, priority: Priority): void {
    this.progress?.clear();
    write(Deno.stderr, (this.#journal ? journalLines(text, priority) : text) + "\n");
  }

  #paint(code: string, text: string): string {
    return this.#color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** Who listened may have gone (a pipe into `head`, a mailer that died): no backup ends for it. */
export function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
