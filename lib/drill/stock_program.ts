import { programEnvironment } from "../process/environment.ts";
import { capture } from "../process/capture.ts";
import { Failure, reason } from "../model/failure.ts";

/** Options of a program that is run. */
export interface StockRun {
  /** Content of standard input. */
  readonly stdin?: string | Uint8Array<ArrayBuffer>;
  /** Directory of gpg. */
  readonly home?: string;
  readonly signal: AbortSignal;
}

/** A program has ended with another exit code than 0. */
export class StockFailure extends Error {}

/** Messages that are about this machine or its keys, and not about the backup. */
const NOT_THE_BACKUP =
  /No space left|Disk quota|No secret key|Bad passphrase|Cannot allocate|can't connect to/i;

/** Bytes of standard error that are kept. */
const MAX_ERROR = 64 * 1024;

/**
 * Runs `gpg`, `zstd` or `tar`.
 *
 * @throws {StockFailure} if it fails because of its input; {@link Failure} if it cannot run here.
 */
export async function runStock(program: string, args: readonly string[], how: StockRun): Promise<void> {
  const { stdin = new Uint8Array(), home, signal } = how;
  const child = start(program, args, home, signal);
  const written = write(child.stdin, typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin);
  const [{ code }, error] = await Promise.all([child.status, textOf(child.stderr), written]);
  signal.throwIfAborted();
  if (code === 0) return;
  const why = `${program}: ${error.trim().split("\n").slice(0, 3).join("; ") || `exit code ${code}`}`;
  throw NOT_THE_BACKUP.test(error) ? new Failure(why) : new StockFailure(why);
}

/** Returns the name and version of a program, such as `gpg/2.2.40`. */
export async function stockVersion(program: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await capture(program, ["--version"], { signal, timeLimit: 10_000, maxBytes: 4096 });
    const [, version = "unknown"] = /\bv?(\d+(?:\.\d+)+)/.exec(new TextDecoder().decode(stdout)) ?? [];
    return `${program}/${version}`;
  } catch (error) {
    signal.throwIfAborted();
    throw notStarted(program, error);
  }
}

function start(
  program: string,
  args: readonly string[],
  home: string | undefined,
  signal: AbortSignal,
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: [...args],
      cwd: "/",
      clearEnv: true,
      env: programEnvironment(undefined, { LC_ALL: "C", ...(home !== undefined && { GNUPGHOME: home }) }),
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
      signal,
    }).spawn();
  } catch (error) {
    throw notStarted(program, error);
  }
}

function notStarted(program: string, error: unknown): Failure {
  const hint = error instanceof Deno.errors.NotFound ? `Install ${program}` : undefined;
  return new Failure(`Cannot run ${program}: ${reason(error)}`, { hint, cause: error });
}

/** A program may end before it has read everything. */
async function write(stdin: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(bytes).then(() => writer.close()).catch(() => {});
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of stream) {
    if (text.length < MAX_ERROR) text += decoder.decode(piece, { stream: true });
  }
  return text;
}
