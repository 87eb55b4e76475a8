/** The file system, with errors that people can read and that hold no name unescaped. */
import { Failure, reason } from "../model/failure.ts";
import { shown } from "./path.ts";

/**
 * Runs a system call.
 *
 * @param doing What is done to what, as it follows "Cannot".
 * @throws {Failure} when the system refuses. Its cause is the system's error, which {@link isBecause} asks for.
 */
export function attempt<T>(doing: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot ${doing}: ${cause(error)}`, { cause: error });
  }
}

/** Whether a call of {@link attempt} failed since something exists, or does not. */
export function isBecause(error: unknown, code: "EEXIST" | "ENOENT"): boolean {
  return error instanceof Failure && (error.cause as { readonly code?: unknown } | undefined)?.code === code;
}

/**
 * What `lstat` tells, or undefined where nothing is.
 *
 * @param name What messages call it.
 */
export function look(path: string, name: string): Deno.FileInfo | undefined {
  try {
    return attempt(`look at "${shown(name)}"`, () => Deno.lstatSync(path));
  } catch (error) {
    if (isBecause(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Removes a file, unless it is gone.
 *
 * @param name What messages call it.
 */
export function removeFile(path: string, name: string): void {
  try {
    attempt(`remove "${shown(name)}"`, () => Deno.removeSync(path));
  } catch (error) {
    if (!isBecause(error, "ENOENT")) throw error;
  }
}

/** Without the path, which Deno (`…(os error 28): writefile '…'`) and Node (`ENOSPC: …, write '…'`) put behind. */
function cause(error: unknown): string {
  const message = reason(error);
  return /^[^'"]*\(os error \d+\)/.exec(message)?.[0] ?? /^E[A-Z0-9]+: [^,]*/.exec(message)?.[0] ??
    shown(message);
}
