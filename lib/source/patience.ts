/** Milliseconds that a thread waits in all for files that are in use, within an hour. A lease takes up to 45 s to break. */
const BUDGET = 120_000;

const HOUR = 3_600_000;
const SHORTEST = 10;
const LONGEST = 500;

/**
 * How long to wait for files that other programs keep from being read for a while. Any user can hold leases on files of his
 * own, so it is bounded for all files together.
 */
export class Patience {
  readonly #budget: number;
  #left: number;
  #begun = -Infinity;
  #next = SHORTEST;

  constructor(budget = BUDGET) {
    this.#budget = budget;
    this.#left = budget;
  }

  /** Whether to wait at all. */
  get isLeft(): boolean {
    if (performance.now() - this.#begun > HOUR) this.#left = this.#budget;
    return this.#left > 0;
  }

  /** Waits a while, the longer the more often it was needed since the last {@link rewarded}. */
  async wait(): Promise<void> {
    if (this.#left === this.#budget) this.#begun = performance.now();
    const begun = performance.now();
    await new Promise((resolve) => setTimeout(resolve, this.#next));
    this.#left -= performance.now() - begun;
    this.#next = Math.min(this.#next * 2, LONGEST);
  }

  /** Waiting was of use. */
  rewarded(): void {
    this.#next = SHORTEST;
  }
}
