/** What a program wrote until it ended, or was ended. */
export interface Captured {
  /** Its exit code; undefined where a signal ended it, or this process did. */
  readonly code: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Why it was ended early, if it was. */
  readonly cut: "too much" | "too long" | undefined;
}

/** When a program is ended. */
export interface CaptureLimits {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Bytes of each of its outputs. */
  readonly maxBytes: number;
}

/** How long the end of a program that was killed is waited for: one that hangs in a file system cannot end. */
const AFTERMATH_MS = 1000;

/**
 * Runs a short program and keeps what it writes. Its environment holds nothing but `LC_ALL=C`, so that its messages are in
 * English and no variable of this process leads it astray.
 *
 * @throws what `Deno.Command` throws where it cannot be started, and the signal's reason.
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

/** How a program comes to its end: by itself, or because it took too long, wrote too much or is of no use any more. */
class Ending {
  /** How it ended; undefined for one that was killed and goes on. */
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
    // Where this thread was busy for so long, what has come meanwhile is looked at first.
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
    // it has ended
  }
}

/** One output of a program, of which no more than so many bytes are kept. */
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

  /** Reads to its end, or calls `full` where there is more than is kept. */
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
