import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { Failure, Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";

/** How a file of the state directory is read. */
export interface StateFileOptions {
  /** The most bytes that it can have. */
  readonly maxBytes: number;
  /** Whether it holds a secret: then others must not read it. */
  readonly secret?: boolean;
  /** Hint if it cannot be used. */
  readonly remedy: string;
}

/**
 * Reads a file of the state directory; undefined where there is none. What is not a plain file of this user is not even
 * opened: a named pipe would never answer.
 *
 * @throws {Failure} when it cannot be used, with the reason and the remedy; {@link Misuse} when others can use it.
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

/** Returns the type of a file in words, if it is no plain file. */
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

/** Throws where a file is not one that this user has written. */
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

/** Whether a file belongs to this user. On a network file system root's files may be shown as another user's; then the directory is shown as his, too. */
export function isOurs(file: string, { uid }: Stats): boolean {
  return uid === 0 || uid === Deno.uid() ||
    uid === lstatSync(file.slice(0, file.lastIndexOf("/")) || "/").uid;
}

function cannotUse(file: string, why: string, hint: string): Failure {
  return new Failure(`Cannot use "${file}": ${why}`, { hint });
}
