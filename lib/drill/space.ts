import { statfsSync } from "node:fs";
import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";

/** Space that must stay free: directories and file systems take more than the content of files. */
const RESERVE = 16 * 2 ** 20;

/** Bytes that the drills of this process have taken, those of all file systems together. */
const taken = new Set<{ readonly bytes: number }>();

/** Settles when a drill gives space back. */
let given = Promise.withResolvers<void>();

/**
 * Waits until a file system has space for `bytes` and some reserve beside what other drills have taken. What they have
 * written counts twice until they end, so together they never take more than there is.
 *
 * @returns The space, which is given back when it is disposed of.
 * @throws {Failure} if there is too little for this drill alone.
 */
export async function takeSpace(path: string, bytes: number, signal: AbortSignal): Promise<Disposable> {
  for (;;) {
    signal.throwIfAborted();
    const { bavail, bsize } = statfsSync(path);
    const free = bavail * bsize;
    const others = [...taken].reduce((sum, it) => sum + it.bytes, 0);
    if (free - others >= bytes + RESERVE) break;
    if (taken.size === 0) {
      throw new Failure(`There are ${free} bytes free in "${printable(path)}", ${bytes} are restored`, {
        hint: "Name a directory with more space: --temp DIR, or set a smaller drill.bytes",
      });
    }
    await given.promise;
  }
  const mine = { bytes };
  taken.add(mine);
  return {
    [Symbol.dispose](): void {
      taken.delete(mine);
      given.resolve();
      given = Promise.withResolvers();
    },
  };
}
