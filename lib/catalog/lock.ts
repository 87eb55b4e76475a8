import { Locked } from "../model/failure.ts";

/**
 * Holds the lock of a state folder until it is disposed of. The kernel's lock decides (man 2 flock), so a
 * crash or a reboot leaves nothing to clean up; what is written in the file only tells people who holds it.
 *
 * @throws {Locked} when another run holds it, with its process id and start.
 */
export function takeLock(file: string, now: Date): Disposable {
  const handle = Deno.openSync(file, { read: true, write: true, create: true, mode: 0o600 });
  if (!handle.tryLockSync(true)) {
    handle.close();
    throw new Locked(`Another run holds the lock: ${holder(file)}`, {
      hint: `Wait until it has ended; the lock is "${file}" and goes with its process`,
    });
  }
  handle.truncateSync();
  handle.writeSync(new TextEncoder().encode(`process ${Deno.pid}, since ${now.toISOString()}\n`));
  return { [Symbol.dispose]: () => handle.close() };
}

function holder(file: string): string {
  return Deno.readTextFileSync(file).trim() || "it has just begun";
}
