import { Failure } from "../model/failure.ts";
import { type Program, RunningProgram, type Supervision } from "./program.ts";

/** Bytes that are worth compressing at a time. */
const BLOCK = 1024 * 1024;

/** A program whose output was to be backed up has not done its work: what came of it is no dump. */
export class DumpFailure extends Failure {
  override readonly name = "DumpFailure";
}

/** More than can wait to be read when a program ends: a pipe holds 1 MiB at most, fcntl(2), and the reader some more. */
const PIPE_BYTES = 2 * 1024 * 1024;

/** How long the output is read when the program has ended well: others may hold the pipe, and finish what they write. */
const GRACE = 10_000;

/** The same when it has failed: nothing of it is of use. */
const GRACE_AFTER_FAILURE = 1000;

/** Who keeps a reader waiting for so long after the program has ended is another program. */
const LATE = 500;

const LOOK = 100;

/** How a program whose output is backed up is watched. */
export interface DumpSupervision extends Supervision {
  /** Told when the program has ended well, and another that it started holds its output. */
  readonly left?: ((text: string) => void) | undefined;
  /** Milliseconds that the output of a program which has ended is waited for; 10 s. */
  readonly grace?: number | undefined;
}

/**
 * The standard output of a program in blocks, each valid until the next is asked for. Only when the generator has come
 * to its end has the program ended well. Whoever leaves earlier ends the program.
 *
 * A program that it has started may hold the pipe for ever, such as a master process of ssh. The output is then complete
 * when the program has ended and nothing more comes. If more does come, the dump has failed: the exit code that made it a
 * dump was not that of the writer.
 *
 * @throws {DumpFailure} when it cannot be started or fails; the signal's reason when that was why.
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
    await running.succeeded().catch(() => {}); // it has been told, or nobody wants to know
  }
}

/** Joins what a pipe gives, which is 64 KiB at most. */
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

/** What the program writes, to the end of the pipe, of the grace, or with the signal. */
async function* pieces(
  running: RunningProgram,
  { signal, left, grace = GRACE }: DumpSupervision,
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

/** What comes of an output when its program has ended. */
class Rest {
  /** Whether others wrote after the program had ended. */
  isLate = false;
  /** Whether others held the output when it was given up. */
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

  /** Reads once. Only the time in which somebody waits for the pipe counts: the reader may be slower. */
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
    this.isLate ||= waited > LATE;
    if (this.#bytes > PIPE_BYTES) {
      this.isLate = true;
      this.#stop();
    }
  }

  #begin(success: boolean): void {
    if (this.#over) return;
    if (!success) this.#grace = Math.min(this.#grace, GRACE_AFTER_FAILURE);
    // Who reads now has waited for a program that still ran.
    if (this.#since !== undefined) this.#since = performance.now();
    this.#ended = true;
    this.#timer = setInterval(() => {
      if (this.#since === undefined || performance.now() - this.#since < this.#grace) return;
      this.#stop();
    }, LOOK);
  }

  #stop(): void {
    this.isHeld = true;
    this.#giveUp();
  }
}

/** Why the output of a program that has ended is no dump; whoever went on writing is ended. */
async function afterEnd(running: RunningProgram): Promise<DumpFailure> {
  await running.end();
  return new DumpFailure(`${running.quoted} has ended, but a program that it started went on writing`, {
    hint: "Let the command wait for what it starts: `wait` in a shell",
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
