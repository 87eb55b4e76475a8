import { Buffer } from "node:buffer";
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { reason } from "../model/failure.ts";

/** Methods that {@link Sink} uses of a standard stream. */
export type Stream = Pick<typeof Deno.stdout, "write" | "writeSync">;

/** Maximum number of queued bytes; output beyond it is lost. */
const MAX_WAITING = 1024 * 1024;

/** Time after which a reader that does not read counts as stalled. */
const STALLED_MS = 10_000;

const RETRY_MS = 20;

/** Returns whether standard output is a terminal. */
export function isOutputTerminal(): boolean {
  return Deno.stdout.isTerminal();
}

/** Returns the width of the terminal in columns. */
export function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}

/**
 * Standard output or standard error, written without ever throwing: a full disk, a closed pipe or a closed terminal must
 * not end a run. {@link Sink.lost} says what was lost.
 *
 * By default a write waits for its reader. In the background, writes are queued instead, so that a pager, a stopped
 * terminal or a dead connection does not delay the run.
 */
export class Sink {
  readonly #stream: Stream;
  readonly #name: string;
  #background = false;
  #reason: string | undefined;
  #readerGone = false;
  readonly #queue: Uint8Array[] = [];
  #waiting = 0;
  #since = 0;
  #writing: Promise<void> | undefined;

  /** @param name Name of the stream in messages. */
  constructor(stream: Stream, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  /** Whether the reader has closed the stream, as `head` does. */
  get readerGone(): boolean {
    return this.#readerGone;
  }

  /** Reason why output was lost; undefined if none was. */
  get lost(): string | undefined {
    const stalled = this.#writing !== undefined && performance.now() - this.#since > STALLED_MS;
    const why = this.#reason ?? (stalled ? "it is not read" : undefined);
    return why && `${this.#name}: ${why}`;
  }

  /** Stops waiting for the reader: from now on writes are queued. */
  goToBackground(): void {
    this.#background = true;
  }

  /** Writes `text`, or queues it in the background. */
  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (this.#readerGone) return;
    if (!this.#background) this.#writeNow(bytes);
    else if (this.#waiting + bytes.length > MAX_WAITING) this.#reason ??= "it is not read";
    else this.#enqueue(bytes);
  }

  /** Writes `bytes`, and waits for the reader. Returns whether they were written. */
  async send(bytes: Uint8Array): Promise<boolean> {
    if (this.#reason === undefined) await this.#writeSoon(bytes);
    return this.#reason === undefined;
  }

  /** Whether output waits for the reader. Output that is useless later, such as progress, should then be left out. */
  get busy(): boolean {
    return this.#writing !== undefined;
  }

  /**
   * Waits up to `milliseconds` until the queue is written.
   *
   * @returns Whether the queue is empty. If not, the pending write may keep the process alive for ever.
   */
  async flush(milliseconds: number): Promise<boolean> {
    if (this.#writing === undefined) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    await Promise.race([this.#writing, promise]);
    clearTimeout(timer);
    return this.#writing === undefined;
  }

  #writeNow(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      try {
        at += this.#stream.writeSync(bytes.subarray(at));
      } catch (error) {
        if (!isFull(error)) return this.#lose(error);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#waiting += bytes.length;
    this.#writing ??= this.#drain().finally(() => this.#writing = undefined);
  }

  /** Writes the whole queue at once, because lines may come faster than single writes. */
  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const bytes = new Uint8Array(Buffer.concat(this.#queue.splice(0)));
      this.#since = performance.now();
      await this.#writeSoon(bytes);
      this.#waiting -= bytes.length;
    }
  }

  async #writeSoon(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#readerGone;) {
      try {
        at += await this.#stream.write(bytes.subarray(at));
      } catch (error) {
        if (!isFull(error)) return this.#lose(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #lose(error: unknown): void {
    this.#readerGone ||= error instanceof Deno.errors.BrokenPipe;
    this.#reason ??= reason(error);
  }
}

/** Returns whether a write failed with `EAGAIN`: another process made the pipe non-blocking and the reader is slow. */
function isFull(error: unknown): boolean {
  return error instanceof Deno.errors.WouldBlock;
}

/** Returns whether a write to a descriptor can block: to a terminal, a pipe or a socket, but not to a file. */
export function canStall(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isFIFO() || status.isSocket() || isatty(descriptor);
  } catch {
    return false; // closed
  }
}

/** Standard output of this process. */
export const STDOUT: Sink = new Sink(Deno.stdout, "standard output");

/** Standard error of this process. */
export const STDERR: Sink = new Sink(Deno.stderr, "standard error");
