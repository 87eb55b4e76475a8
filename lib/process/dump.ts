import { Failure } from "../model/failure.ts";
import { type Program, RunningProgram, type Supervision } from "./program.ts";

/** Bytes that are worth compressing at a time. */
const BLOCK = 1024 * 1024;

/** A program whose output was to be backed up has not done its work: what came of it is no dump. */
export class DumpFailure extends Failure {
  override readonly name = "DumpFailure";
}

/**
 * The standard output of a program in blocks, each valid until the next is asked for. Only when the generator has come
 * to its end has the program ended well. Whoever leaves earlier ends the program.
 *
 * @throws {DumpFailure} when it cannot be started or fails; the signal's reason when that was why.
 */
export async function* dumpBlocks(
  program: Program,
  supervision: Supervision,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const leaving = new AbortController();
  const signals = [leaving.signal, ...(supervision.signal ? [supervision.signal] : [])];
  const running = start(program, { ...supervision, signal: AbortSignal.any(signals) });
  try {
    yield* blocks(running.output, supervision.signal);
    await running.succeeded().catch((error) => {
      supervision.signal?.throwIfAborted();
      throw asDumpFailure(error);
    });
  } finally {
    leaving.abort();
    await running.succeeded().catch(() => {}); // it has been told, or nobody wants to know
  }
}

/**
 * Joins what a pipe gives, which is 64 KiB at most. With the signal it ends, though a program that the first one has
 * started may hold the other end of the pipe for ever.
 */
async function* blocks(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(BLOCK);
  let length = 0;
  for await (let piece of until(output, signal)) {
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

async function* until<T>(stream: ReadableStream<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const reader = stream.getReader();
  const stop = (): void => void reader.cancel();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    signal?.removeEventListener("abort", stop);
    await reader.cancel();
  }
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
