import { reason } from "../model/failure.ts";
import type { Trouble } from "../model/trouble.ts";

// What people call the errors that a file system gives: errno(3).
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EINVAL: "the file system refuses to read it",
  EIO: "input/output error",
  ELOOP: "it became a symbolic link",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the path is too long for the system (4,096 bytes)",
  ENFILE: "too many open files",
  ENODATA: "no data available",
  ENOENT: "there is nothing of this name",
  ENOTCONN: "the server behind this mount does not answer",
  ENOTDIR: "it is no longer a folder",
  EPERM: "operation not permitted",
  ESTALE: "stale file handle of a network file system",
  ETIMEDOUT: "the file system does not answer",
};

/** The reason to tell for a name that came back with U+FFFD in it. */
export const NOT_UTF8 = "its name is not UTF-8";

/** The system's code for an error, as `ENOENT`; undefined where the system did not say. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** What an error of the file system says, in words for people. */
export function words(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "this run was started without the permission to read it";
  }
  return WORDS[codeOf(error) ?? ""] ?? reason(error);
}

/** What to tell of a listed path that gave `error`: a path that is gone has vanished, all else is unread. */
export function troubleOf(path: string, error: unknown): Trouble {
  if (codeOf(error) === "ENOENT") {
    return { kind: "vanished", path, reason: "it was gone before it could be read" };
  }
  return { kind: "unread", path, reason: words(error) };
}
