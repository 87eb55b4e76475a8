import { reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { Trouble } from "../model/trouble.ts";
import type { Stat } from "./entry.ts";

// What people call the errors that a file system gives: errno(3).
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EAGAIN: "another program holds a lease on it and did not give it back",
  EBUSY: "another program uses it",
  EINTR: "reading it was interrupted again and again",
  EINVAL: "the file system refuses to read it",
  EIO: "input/output error",
  ELOOP: "it became a symbolic link",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the path is too long for the system (4,096 bytes)",
  ENFILE: "too many open files",
  ENODATA: "no data available",
  ENOENT: "nothing has this name",
  ENOMEM: "the system does not have enough memory",
  ENOTCONN: "the server behind this mount does not answer",
  ENOTDIR: "it is no longer a directory",
  EPERM: "operation not permitted",
  ESTALE: "stale file handle of a network file system",
  ETIMEDOUT: "the file system does not answer",
};

/** Errors of a path whose file was replaced by one of another type: open(2). */
const REPLACED: ReadonlySet<string> = new Set(["EISDIR", "ELOOP", "ENODEV", "ENOTDIR", "ENXIO"]);

/**
 * Temporary errors: the lease of another program is broken within 45 s by default (fcntl(2)), locks and
 * signals end, and open files are closed.
 */
const BUSY: ReadonlySet<string> = new Set(["EAGAIN", "EBUSY", "EINTR", "EMFILE", "ENFILE", "ETXTBSY"]);

/** Returns the system's code of an error, such as `ENOENT`; undefined if it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Whether a later attempt may succeed after `error`. */
export function isBusy(error: unknown): boolean {
  return BUSY.has(systemCodeOf(error) ?? "");
}

/** Returns the message of a file system error in plain words. */
export function words(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "this run was started without the permission to read it";
  }
  return WORDS[systemCodeOf(error) ?? ""] ?? printable(withoutCall(reason(error)));
}

/**
 * Removes the call and the path from the end of a system message: the path is reported separately, and
 * escaped.
 */
function withoutCall(message: string): string {
  return message.replace(/[,:] [a-z]+ '.*$/s, "");
}

/**
 * Returns the problem of a listed path with `error`: `vanished` if the path is gone or replaced, otherwise
 * `unread`.
 */
export function troubleOf(path: string, error: unknown): Trouble {
  const code = systemCodeOf(error) ?? "";
  if (code === "ENOENT") return { kind: "vanished", path, reason: "it was gone before it could be read" };
  return REPLACED.has(code) ? replaced(path) : { kind: "unread", path, reason: words(error) };
}

/**
 * Returns the problem of a path with `error` that a walk has seen before. Whatever the error is, it is
 * `vanished` if `isStill` denies that the path still holds the same file.
 */
export function troubleSince(path: string, error: unknown, isStill: (stat: Stat) => boolean): Trouble {
  try {
    if (!isStill(Deno.lstatSync(path))) return replaced(path);
  } catch (later) {
    return troubleOf(path, later);
  }
  return troubleOf(path, error);
}

/** Returns the problem of a path that was replaced by something else. */
export function replaced(path: string): Trouble {
  return { kind: "vanished", path, reason: "something else took its place before it was read" };
}
