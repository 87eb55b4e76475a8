import { setImmediate } from "node:timers";

/** Lets this thread come to what has happened meanwhile: what other threads have said, what has been stored, a signal. */
export function pause(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Items that are worked on between two looks at the clock. */
const AT_A_TIME = 50;

/** Milliseconds without a pause: an interrupt ends a command within two seconds, on a slow machine, too. */
const PAUSE_EVERY_MS = 50;

/** Says of a loop that waits for nothing when it has to pause. */
export class Pauses {
  readonly #signal: AbortSignal;
  #count = 0;
  #last = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time for a pause; to be asked for each item. */
  get due(): boolean {
    return ++this.#count % AT_A_TIME === 0 && performance.now() - this.#last >= PAUSE_EVERY_MS;
  }

  /** Pauses, and throws what the signal says. */
  async take(): Promise<void> {
    await pause();
    this.#signal.throwIfAborted();
    this.#last = performance.now();
  }
}

/** Yields the items, with pauses in which other things happen. Ends with the signal. */
export async function* withPauses<T>(items: Iterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const pauses = new Pauses(signal);
  for (const item of items) {
    if (pauses.due) await pauses.take();
    signal.throwIfAborted();
    yield item;
  }
}

/** The items of a sequence that says by undefined that nothing has come for a while: a pause is taken there. */
export async function* pausingAtGaps<T>(
  items: Iterable<T | undefined>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  for (const item of items) {
    if (item !== undefined) {
      yield item;
      continue;
    }
    await pause();
    signal.throwIfAborted();
  }
}
