/** Output of a program and how it ended. */
export interface Captured {
  /** Exit code; undefined if a signal or this process ended it. */
  readonly code: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Reason why it was ended early; undefined if it was not. */
  readonly cut: "too much" | "too long" | undefined;
}

/** Limits of a program. */
export interface CaptureLimits {
  /** Ends the program when it is aborted. */
  readonly signal: AbortSignal;
  /** Time limit in milliseconds. */
  readonly timeLimit: number;
  /** Maximum number of bytes of each output. */
  readonly maxBytes: number;
}

/** Time to wait for a killed program. One that hangs in a file system call cannot end. */
const AFTERMATH_MS = 1000;

/**
 * Runs a short program and returns its output. Its environment is `LC_ALL=C` only, so that its messages are in English
 * and no variable of this process affects it.
 *
 * @throws {Error} if the program cannot be started, as `Deno.Command` throws it, or the signal is aborted.
 */
export async function capture(
  program: string,
  args: readonly string[],
  { signal, timeLimit, maxBytes }: CaptureLimits,
): Promise<Captured> {
  signal.throwIfAborted();
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: "/",
    clearEnv: true,
    env: { LC_ALL: "C" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const outputs = [child.stdout, child.stderr].map((output) => new Output(output, maxBytes));
  const ending = new Ending(child, outputs, signal, timeLimit);
  try {
    const status = await ending.status;
    signal.throwIfAborted();
    const [stdout, stderr] = outputs.map((it) => it.bytes);
    const isEnded = ending.cut === undefined && status !== undefined && status.signal === null;
    return { code: isEnded ? status.code : undefined, stdout: stdout!, stderr: stderr!, cut: ending.cut };
  } finally {
    ending.forget();
    for (const output of outputs) output.cancel();
  }
}

/** End of a program: by itself, by the time limit, by the size limit or by an abort. */
class Ending {
  /** Exit status; undefined if it was killed and does not end. */
  readonly status: Promise<Deno.CommandStatus | undefined>;
  cut: Captured["cut"];
  readonly #child: Deno.ChildProcess;
  readonly #signal: AbortSignal;
  readonly #abort = (): void => this.#end();
  #timer: ReturnType<typeof setTimeout>;
  readonly #givenUp = Promise.withResolvers<undefined>();

  constructor(child: Deno.ChildProcess, outputs: readonly Output[], signal: AbortSignal, timeLimit: number) {
    this.#child = child;
    this.#signal = signal;
    signal.addEventListener("abort", this.#abort);
    // If this thread was busy for that long, output that arrived meanwhile is read first.
    this.#timer = setTimeout(() => this.#later(() => this.#end("too long")), timeLimit);
    const full = (): void => this.#end("too much");
    const all = Promise.all([child.status, ...outputs.map((it) => it.read(full))]);
    this.status = Promise.race([all.then(([status]) => status), this.#givenUp.promise]);
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#abort);
    this.#child.unref();
  }

  #end(why?: Captured["cut"]): void {
    this.cut ??= why;
    kill(this.#child);
    this.#later(() => this.#givenUp.resolve(undefined));
  }

  #later(act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, AFTERMATH_MS);
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // already ended
  }
}

/** One output of a program, limited to a number of bytes. */
class Output {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #maxBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(output: ReadableStream<Uint8Array>, maxBytes: number) {
    this.#reader = output.getReader();
    this.#maxBytes = maxBytes;
  }

  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** Reads the output to its end, or calls `full` if there is more than the limit. */
  async read(full: () => void): Promise<void> {
    for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
      const piece = next.value.subarray(0, this.#maxBytes - this.#length);
      this.#pieces.push(piece);
      this.#length += piece.length;
      if (piece.length < next.value.length) return full();
    }
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }
}
