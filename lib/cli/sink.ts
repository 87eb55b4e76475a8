import { Buffer } from "node:buffer";
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { reason } from "../model/failure.ts";

/** What of it is used of an output of this process. */
export type Stream = Pick<typeof Deno.stdout, "write" | "writeSync">;

/** Bytes that may wait for a reader; what comes then is lost. */
const MAX_WAITING = 1024 * 1024;

/** When a reader counts as one that reads no more. */
const STALLED_MS = 10_000;

const RETRY_MS = 20;

/**
 * Writes to standard output or error, and never fails: a full disk, a reader that has gone and a terminal that is no more
 * are no reason to end a run. What was lost can be asked for.
 *
 * By itself it waits for its reader, as data need it. In the background it does not: what is written goes into a queue,
 * so that a pager, a stopped terminal or a dead connection holds nothing up.
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

  /** @param name What it is called in messages. */
  constructor(stream: Stream, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  /** Whether whoever read it is gone, such as `head`: more of it is of no use. */
  get readerGone(): boolean {
    return this.#readerGone;
  }

  /** Why some of what was written is lost; undefined where nothing is. */
  get lost(): string | undefined {
    const stalled = this.#writing !== undefined && performance.now() - this.#since > STALLED_MS;
    const why = this.#reason ?? (stalled ? "nobody reads it" : undefined);
    return why && `${this.#name}: ${why}`;
  }

  /** From now on nothing waits for the reader. */
  goToBackground(): void {
    this.#background = true;
  }

  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (this.#readerGone) return;
    if (!this.#background) this.#writeNow(bytes);
    else if (this.#waiting + bytes.length > MAX_WAITING) this.#reason ??= "nobody reads it";
    else this.#enqueue(bytes);
  }

  /** Whether something waits for the reader: then what is of no use later, such as progress, is better left out. */
  get busy(): boolean {
    return this.#writing !== undefined;
  }

  /**
   * Waits until all is written, but no longer than `milliseconds`.
   *
   * @returns whether all is written or lost; if not, a write may hold the process for ever.
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

  /** All that waits is written at once: lines may come faster than one write each would take. */
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

/** A pipe that another process made non-blocking, and whose reader is slow: write(2), `EAGAIN`. */
function isFull(error: unknown): boolean {
  return error instanceof Deno.errors.WouldBlock;
}

/** Whether a write to a descriptor can wait for somebody: a terminal, a pipe or a socket, and no file. */
export function canStall(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isFIFO() || status.isSocket() || isatty(descriptor);
  } catch {
    return false; // it is closed
  }
}

/** Standard output of this process. */
export const STDOUT: Sink = new Sink(Deno.stdout, "standard output");

/** Standard error of this process. */
export const STDERR: Sink = new Sink(Deno.stderr, "standard error");
