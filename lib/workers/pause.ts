import { setImmediate } from "node:timers";

/** Lets this thread come to what has happened meanwhile: what other threads have said, what has been stored, a signal. */
export function pause(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Items that are worked on between two pauses. */
const AT_A_TIME = 500;

/** The same items, with pauses in which other things happen; ends when the signal says so. */
export async function* withPauses<T>(items: Iterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    if (++count % AT_A_TIME === 0) await pause();
    signal.throwIfAborted();
    yield item;
  }
}
