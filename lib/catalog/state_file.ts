import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { Failure, Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";

/** Options for reading a file of the state directory. */
export interface StateFileOptions {
  /** Maximum size in bytes. */
  readonly maxBytes: number;
  /** Whether it contains a secret, which others must not be able to read. */
  readonly secret?: boolean;
  /** Hint if it cannot be used. */
  readonly remedy: string;
}

/**
 * Reads a file of the state directory; undefined if there is none. Anything that is not a regular file of
 * this user is not even opened: a named pipe would block.
 *
 * @throws {Failure} if it cannot be used, with the reason and the remedy.
 * @throws {Misuse} if others can change it, or read a secret.
 */
export function readStateFile(file: string, options: StateFileOptions): string | undefined {
  try {
    return withoutBlocking(file, (descriptor) => {
      refuse(file, fstatSync(descriptor), options);
      return readFileSync(descriptor, "utf8");
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot read "${file}": ${reason(error)}`, { hint: options.remedy, cause: error });
  }

  function withoutBlocking(file: string, read: (descriptor: number) => string): string | undefined {
    const status = lstatSync(file, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    refuse(file, status, options);
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      return read(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Returns the type of a file in words; undefined if it is a regular file. */
export function otherKind(status: Kinds): string | undefined {
  if (status.isFile()) return undefined;
  const kinds: [boolean, string][] = [
    [status.isDirectory(), "a directory"],
    [status.isSymbolicLink(), "a symbolic link"],
    [status.isFIFO(), "a named pipe"],
    [status.isSocket(), "a socket"],
  ];
  return kinds.find(([is]) => is)?.[1] ?? "a device";
}

type Kinds = Pick<Stats, "isFile" | "isDirectory" | "isSymbolicLink" | "isFIFO" | "isSocket">;

/**
 * Refuses a file that this user has not written.
 *
 * @throws {Failure} if it is not a regular file, too large, or of another user.
 */
function refuse(file: string, status: Stats, { maxBytes, secret, remedy }: StateFileOptions): void {
  const kind = otherKind(status);
  if (kind !== undefined) throw cannotUse(file, `it is ${kind}`, remedy);
  if (status.size > maxBytes) {
    throw cannotUse(file, `it has ${status.size} bytes, more than the ${maxBytes} it can have`, remedy);
  }
  const mode = (status.mode & 0o777).toString(8).padStart(4, "0");
  const repair = `chmod 600 ${shellWord(file)}`;
  const others = secret ? 0o077 : 0o022;
  if ((status.mode & others) !== 0) {
    const can = secret ? "use the secret in it" : "write it";
    throw new Misuse(`Cannot use "${file}": its mode is ${mode}, so others can ${can}`, { hint: repair });
  }
  if (!isOurs(file, status)) {
    throw cannotUse(
      file,
      `it belongs to user ${status.uid}`,
      `Find out who put it there, then \`chown ${Deno.uid()} ${shellWord(file)}\` or remove it. ${remedy}`,
    );
  }
}

/**
 * Whether a file belongs to this user. A network file system may show the files of root as another user's;
 * then the directory belongs to the same user.
 */
export function isOurs(file: string, { uid }: Stats): boolean {
  return uid === 0 || uid === Deno.uid() ||
    uid === lstatSync(file.slice(0, file.lastIndexOf("/")) || "/").uid;
}

function cannotUse(file: string, why: string, hint: string): Failure {
  return new Failure(`Cannot use "${file}": ${why}`, { hint });
}
