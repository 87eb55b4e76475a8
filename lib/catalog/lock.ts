import { lstatSync } from "node:fs";
import { Failure, Locked, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { shellWord } from "../model/shell.ts";
import { writeHint } from "./durable.ts";
import { otherKind } from "./state_file.ts";

/**
 * Takes the lock of a state directory, until it is disposed of. The lock is one of the kernel (flock(2)): it
 * is released when the process exits, for any reason, and programs that the process has started do not
 * inherit it (the file is opened with O_CLOEXEC). So nothing has to be cleaned up after a crash or a reboot,
 * and a process id that was reused does no harm: the text in the file only shows people who holds the lock.
 *
 * @throws {Locked} if another run holds it, with its process id and start.
 * @throws {Failure} if the directory cannot be written, or its file system does not support locks.
 */
export function takeLock(file: string, now: Date): Disposable {
  const handle = openLock(file, { read: true, write: true, create: true, mode: 0o600 });
  try {
    if (!handle.tryLockSync(true)) throw locked(file, now);
    handle.truncateSync();
    handle.writeSync(new TextEncoder().encode(`process ${Deno.pid}, since ${now.toISOString()}\n`));
    return { [Symbol.dispose]: () => handle.close() };
  } catch (error) {
    handle.close();
    throw error instanceof Locked ? error : unusable(file, error);
  }
}

/**
 * Runs `look` while no run holds the lock, without taking it: a run that begins in the meantime must not
 * fail.
 *
 * @throws {Locked} if a run holds the lock, or has begun in the meantime.
 */
export function betweenRuns<T>(file: string, now: Date, look: () => T): T {
  const before = lastHolder(file, now);
  const seen = look();
  if (lastHolder(file, now) !== before) throw locked(file, now);
  return seen;
}

/**
 * Returns the text of the last run that held the lock; undefined if there was none. Each run replaces it.
 */
function lastHolder(file: string, now: Date): string | undefined {
  if (kindOf(file) === undefined) return undefined;
  using handle = openLock(file, { read: true });
  if (!handle.tryLockSync(false)) throw locked(file, now);
  return textOf(file);
}

function openLock(file: string, options: Deno.OpenOptions): Deno.FsFile {
  const kind = kindOf(file) ?? "a file";
  if (kind !== "a file") {
    throw unusable(
      file,
      `it is ${kind}`,
      `Remove it: \`rm -rf ${shellWord(file)}\`. The next run creates it again, as a writable file`,
    );
  }
  try {
    return Deno.openSync(file, options);
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Returns the type of the file in words; undefined if it does not exist. */
function kindOf(file: string): string | undefined {
  try {
    const status = lstatSync(file, { throwIfNoEntry: false });
    return status && (otherKind(status) ?? "a file");
  } catch (error) {
    throw unusable(file, error);
  }
}

function unusable(file: string, error: unknown, hint = lockHint(file, error)): Failure {
  return new Failure(`Cannot lock "${file}": ${reason(error)}`, { hint, cause: error });
}

function lockHint(file: string, error: unknown): string {
  const hint = writeHint(error, file.slice(0, file.lastIndexOf("/")));
  return `${hint}. It has to be writable, on a disk of this machine or a network file system with locks`;
}

/** Maximum length in bytes of the text that a run writes. */
const MAX_TEXT = 200;

/** Returns the text of a lock, for people, even if the file is damaged. */
function textOf(file: string): string {
  using handle = Deno.openSync(file);
  const bytes = new Uint8Array(MAX_TEXT);
  const length = handle.readSync(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, length));
}

function locked(file: string, now: Date): Locked {
  const text = printable(textOf(file).trim());
  const [, process, since] = /^process (\d+), since (\S+)$/.exec(text) ?? [];
  const age = since === undefined ? "" : `, ${ago(now.getTime() - Date.parse(since))}`;
  return new Locked(`Another run holds the lock: ${text || "it has just begun"}${age}`, {
    hint: `Wait until it has ended${
      process === undefined ? "" : `; if it hangs: kill ${process}`
    }. The lock "${file}" is released when the process exits; do not delete the file`,
  });
}

function ago(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ${minutes % 60} min ago`;
}
