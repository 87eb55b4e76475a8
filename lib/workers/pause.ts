import { pause, Turn } from "../model/turn.ts";

export { pause };

/** Decides when a loop that does not wait for anything must pause. */
export class Pauses {
  readonly #signal: AbortSignal;
  readonly #turn = new Turn();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time for a pause. Must be read for each item. */
  get due(): boolean {
    return this.#turn.isOver;
  }

  /**
   * Pauses.
   *
   * @throws The reason of the signal, if it is aborted.
   */
  async take(): Promise<void> {
    await pause();
    this.#signal.throwIfAborted();
    this.#turn.begin();
  }
}

/** Yields the items, with pauses in which other events are handled. Ends with the signal. */
export async function* withPauses<T>(items: Iterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const pauses = new Pauses(signal);
  for (const item of items) {
    if (pauses.due) await pauses.take();
    signal.throwIfAborted();
    yield item;
  }
}

/** Yields the items of a sequence that contains undefined wherever a pause is possible. */
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
