import { setImmediate } from "node:timers";

/** Lets this thread handle other events: messages of other threads, results of I/O, signals. */
export function pause(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Number of items that are processed between two checks of the clock. */
const AT_A_TIME = 50;

/**
 * Maximum milliseconds without a pause. An interrupt must end a command within two seconds, on a slow
 * machine, too.
 */
const TURN_MS = 50;

/** Time in which a loop that does not wait for anything keeps its thread to itself. */
export class Turn {
  #count = 0;
  #begun = performance.now();

  /** Whether it is time for a pause. Must be read for each item. */
  get isOver(): boolean {
    return ++this.#count % AT_A_TIME === 0 && performance.now() - this.#begun >= TURN_MS;
  }

  /** Begins the next turn, after the pause. */
  begin(): void {
    this.#begun = performance.now();
  }

  /**
   * Pauses if it is time for that. Must be called for each item.
   *
   * @throws The reason of the signal, if it is aborted.
   */
  async pauseIfOver(signal?: AbortSignal): Promise<void> {
    if (!this.isOver) return;
    await pause();
    this.begin();
    signal?.throwIfAborted();
  }
}
