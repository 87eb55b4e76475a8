import { Failure } from "../model/failure.ts";
import { type Program, RunningProgram, type Supervision } from "./program.ts";

/** Size of a block in bytes, large enough to compress well. */
const BLOCK = 1024 * 1024;

/** Failure of a dump command: its output is incomplete and is not stored as a dump. */
export class DumpFailure extends Failure {
  override readonly name = "DumpFailure";
}

/** More bytes than can be unread when a program ends: a pipe holds at most 1 MiB, fcntl(2), and the reader a little. */
const PIPE_BYTES = 2 * 1024 * 1024;

/** Time in milliseconds to read the output after the program succeeded: child processes may hold the pipe and finish. */
const GRACE_MS = 10_000;

/** Time in milliseconds to read the output after the program failed: the output is useless then. */
const GRACE_AFTER_FAILURE_MS = 1000;

/** Output that arrives so many milliseconds after the program ended comes from another process. */
const LATE_MS = 500;

const CHECK_MS = 100;

/** Supervision of a program whose output is backed up. */
export interface DumpSupervision extends Supervision {
  /** Called if the program succeeded, but a child process still holds its output. */
  readonly left?: ((text: string) => void) | undefined;
  /** Time to wait for output after the program ended, in milliseconds. Default: 10 s. */
  readonly grace?: number | undefined;
}

/**
 * Yields the standard output of a program in blocks of at most 1 MiB; each is valid until the next is requested. If the
 * generator completes, the program has succeeded. Leaving the generator early ends the program.
 *
 * A child process may hold the pipe for ever, such as a master process of ssh. The output is then complete when the
 * program has ended and no more output arrives. If more output arrives, the dump has failed: the exit code was not that
 * of the process that writes.
 *
 * @throws {DumpFailure} if the program cannot be started or fails.
 * @throws {Error} the reason of the signal, if it is aborted.
 */
export async function* dumpBlocks(
  program: Program,
  supervision: DumpSupervision,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const leaving = new AbortController();
  const signals = [leaving.signal, ...(supervision.signal ? [supervision.signal] : [])];
  const running = start(program, { ...supervision, signal: AbortSignal.any(signals) });
  try {
    yield* blocks(pieces(running, supervision));
    await running.succeeded().catch((error) => {
      supervision.signal?.throwIfAborted();
      throw asDumpFailure(error);
    });
  } finally {
    leaving.abort();
    await running.succeeded().catch(() => {}); // already reported, or the caller left
  }
}

/** Joins pieces of a pipe, which are at most 64 KiB. */
async function* blocks(
  output: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(BLOCK);
  let length = 0;
  for await (let piece of output) {
    while (piece.length > 0) {
      const part = piece.subarray(0, BLOCK - length);
      block.set(part, length);
      length += part.length;
      piece = piece.subarray(part.length);
      if (length < BLOCK) continue;
      yield block;
      length = 0;
    }
  }
  if (length > 0) yield block.subarray(0, length);
}

/** Yields the output of the program until the pipe ends, the grace time is over, or the signal is aborted. */
async function* pieces(
  running: RunningProgram,
  { signal, left, grace = GRACE_MS }: DumpSupervision,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = running.output.getReader();
  const rest = new Rest(running, grace, () => void reader.cancel());
  const stop = (): void => void reader.cancel();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    for (;;) {
      const next = await rest.watched(() => reader.read());
      if (next.done) break;
      yield next.value;
    }
    if (signal?.aborted) return await running.end();
    if (!rest.isHeld || !(await running.ended).success) return;
    if (rest.isLate) throw await afterEnd(running);
    left?.(`${running.quoted} has ended, but a program that it started still holds its output`);
  } finally {
    rest.end();
    signal?.removeEventListener("abort", stop);
    await reader.cancel();
  }
}

/** State of an output after its program ended. */
class Rest {
  /** Whether another process wrote after the program ended. */
  isLate = false;
  /** Whether another process held the output when reading was stopped. */
  isHeld = false;
  #ended = false;
  #bytes = 0;
  #since: number | undefined;
  #grace: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #over = false;
  readonly #running: RunningProgram;
  readonly #giveUp: () => void;

  constructor(running: RunningProgram, grace: number, giveUp: () => void) {
    this.#running = running;
    this.#grace = grace;
    this.#giveUp = giveUp;
    running.ended.then(({ success }) => this.#begin(success));
  }

  /** Reads once. Only the time spent waiting for the pipe counts, not the time of a slow reader. */
  async watched(
    read: () => Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>,
  ): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
    this.#since = performance.now();
    const next = await read();
    const waited = performance.now() - this.#since;
    this.#since = undefined;
    if (!next.done) this.#note(next.value.length, waited);
    return next;
  }

  end(): void {
    this.#over = true;
    clearInterval(this.#timer);
  }

  #note(length: number, waited: number): void {
    this.#running.hear();
    if (!this.#ended) return;
    this.#grace -= waited;
    this.#bytes += length;
    this.isLate ||= waited > LATE_MS;
    if (this.#bytes > PIPE_BYTES) {
      this.isLate = true;
      this.#stop();
    }
  }

  #begin(success: boolean): void {
    if (this.#over) return;
    if (!success) this.#grace = Math.min(this.#grace, GRACE_AFTER_FAILURE_MS);
    // The current read has waited for a program that was still running.
    if (this.#since !== undefined) this.#since = performance.now();
    this.#ended = true;
    this.#timer = setInterval(() => {
      if (this.#since === undefined || performance.now() - this.#since < this.#grace) return;
      this.#stop();
    }, CHECK_MS);
  }

  #stop(): void {
    this.isHeld = true;
    this.#giveUp();
  }
}

/** Ends the processes that went on writing, and returns the failure. */
async function afterEnd(running: RunningProgram): Promise<DumpFailure> {
  await running.end();
  return new DumpFailure(`${running.quoted} has ended, but a program that it started continued to write`, {
    hint: "Make the command wait for the programs that it starts: `wait` in a shell",
  });
}

function start(program: Program, supervision: Supervision): RunningProgram {
  try {
    return new RunningProgram(program, supervision);
  } catch (error) {
    throw asDumpFailure(error);
  }
}

function asDumpFailure(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  return new DumpFailure(error.message, { hint: error.hint, cause: error });
}
