/**
 * Calls of the file system, with messages that people can read and that contain no unescaped name.
 *
 * @module
 */
import { constants } from "node:os";
import { Damage, Failure, reason } from "../model/failure.ts";
import { shown } from "./path.ts";

/**
 * Runs a system call.
 *
 * @param doing Action and its object, as they follow "Cannot".
 * @param path Member path that is the object. It is escaped only for a message: most calls succeed.
 * @throws {Failure} if the system refuses. Its cause is the system's error, which {@link isBecause} checks.
 */
export function attempt<T>(doing: string, call: () => T, path?: string): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Failure || error instanceof Deno.errors.NotCapable) throw error;
    const what = path === undefined ? doing : `${doing} "${shown(path)}"`;
    throw new Failure(`Cannot ${what}: ${cause(error)}`, { cause: error });
  }
}

/** Whether a call of {@link attempt} failed with one of these errors of the system: errno(3). */
export function isBecause(error: unknown, ...codes: readonly ErrorName[]): boolean {
  return error instanceof Failure && codes.some((code) => codeOf(error) === code);
}

/** Errors that are distinguished. */
type ErrorName =
  | "EACCES"
  | "EEXIST"
  | "EMLINK"
  | "ENOENT"
  | "ENOSYS"
  | "ENOTSUP"
  | "EOPNOTSUPP"
  | "EPERM"
  | "EXDEV";

/** Errors that end a restore: the target accepts nothing more, at any path. */
const OF_THE_TARGET: ReadonlySet<string> = new Set([
  ...["ENOSPC", "EDQUOT", "EROFS", "EIO", "ENOMEM", "EMFILE", "ENFILE"],
  ...["ENODEV", "ENXIO", "ENOMEDIUM", "ESTALE", "ENOTCONN", "ESHUTDOWN", "EHOSTDOWN", "ETIMEDOUT"],
]);

/**
 * Whether only this entry cannot be restored: the backup contains something impossible, or the system refuses
 * its path (too long, an unsupported character, too many links, …) and may accept others.
 */
export function isLostAlone(error: unknown): error is Failure {
  if (error instanceof Damage) return true;
  if (!(error instanceof Failure)) return false;
  const code = codeOf(error);
  return error instanceof Refused || (code !== undefined && !OF_THE_TARGET.has(code));
}

/** Failure because the target does not accept one path. */
export class Refused extends Failure {}

/** Returns the name of the system's error. Deno 2.9 has only the number of some. */
function codeOf({ cause }: Failure): string | undefined {
  const { code, message = "" } = (cause ?? {}) as { readonly code?: string; readonly message?: string };
  return code ?? NAMES.get(Number(/\(os error (\d+)\)/.exec(message)?.[1]));
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/**
 * Returns the result of `lstat`; undefined if the path does not exist.
 *
 * @param name Name of the file in messages.
 */
export function look(path: string, name: string): Deno.FileInfo | undefined {
  try {
    return attempt("look at", () => Deno.lstatSync(path), name);
  } catch (error) {
    if (isBecause(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Removes a file, unless it is gone.
 *
 * @param name Name of the file in messages.
 */
export function removeFile(path: string, name: string): void {
  try {
    attempt("remove", () => Deno.removeSync(path), name);
  } catch (error) {
    if (!isBecause(error, "ENOENT")) throw error;
  }
}

/**
 * Returns a message without the path that Deno (`…(os error 28): writefile '…'`) and Node (`ENOSPC: …, write
 * '…'`) append.
 */
function cause(error: unknown): string {
  const message = reason(error);
  return /^[^'"]*\(os error \d+\)/.exec(message)?.[0] ?? /^E[A-Z0-9]+: [^,]*/.exec(message)?.[0] ??
    shown(message);
}
