import { reason } from "../../model/failure.ts";
import { StoreError, type StoreErrorKind } from "../contract.ts";

/** Kind, reason and hint for each code of errno(3). */
const CODES: Readonly<Record<string, readonly [StoreErrorKind, string, string?]>> = {
  EACCES: ["denied", "permission denied", "Give this user access to the directory"],
  EPERM: ["denied", "operation not permitted", "Give this user access to the directory"],
  EROFS: ["denied", "the file system is read-only", "Mount it for writing"],
  EEXIST: ["exists", "an object of that name is already stored"],
  ENOENT: [
    "setup",
    "there is no such directory",
    "Is its disk mounted? If so, make the directory with mkdir",
  ],
  ENOTDIR: ["setup", "a file is where a directory should be", "Choose another directory for the store"],
  ENAMETOOLONG: ["setup", "the path is too long for the file system", "Choose a shorter path for the store"],
  ENOSPC: ["failed", "no space left on the device", "Free some space, or move the store to a larger disk"],
  EDQUOT: ["failed", "the disk quota is used up", "Free some space, or raise the quota"],
  EFBIG: ["failed", "the file system does not support files of this size", "Set a smaller partSize"],
  EIO: ["failed", "the device failed to read or write", "Look for disk errors in the kernel's log: dmesg"],
  ESTALE: ["busy", "the network file system lost the file (ESTALE)"],
};

/**
 * Returns the {@link StoreError} for an error of the file system. It contains the directory of the store,
 * never the name of an object.
 */
export function directoryError(thrown: unknown, root: string): StoreError {
  if (thrown instanceof StoreError) return thrown;
  if (thrown instanceof Deno.errors.NotCapable) {
    return new StoreError("denied", `${root}: the permissions of this run do not include it`, {
      hint:
        `Run \`nightdrop permissions --write\`. If ${root} is reached by a symbolic link, set "store.path" to its real path`,
    });
  }
  const [kind, message, hint] = CODES[errorCode(thrown)] ?? ["failed", withoutPaths(reason(thrown))];
  return new StoreError(kind, `${root}: ${message}`, { hint });
}

/** Returns the `code` of a system error, such as `ENOENT`; empty if it has none. */
export function errorCode(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}

/**
 * Removes the call and its paths, which Deno appends to the system's message: `File exists (os error 17):
 * open '/a/b'`.
 */
function withoutPaths(message: string): string {
  return message.replace(/(\(os error \d+\)).*$/s, "$1");
}
