/**
 * Milliseconds per hour that a thread waits in total for files that are in use. Breaking a lease takes up to
 * 45 s.
 */
const BUDGET = 120_000;

const HOUR = 3_600_000;
const SHORTEST = 10;
const LONGEST = 500;

/**
 * Limits the time to wait for files that other programs block for a while. All users can hold leases on their
 * own files, so the limit applies to all files together.
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

  /** Whether there is time left to wait. */
  get isLeft(): boolean {
    const isWhole = this.#left === this.#budget;
    if (!isWhole && performance.now() - this.#begun > HOUR) this.#left = this.#budget;
    return this.#left > 0;
  }

  /** Waits, longer with each call since the last {@link rewarded}. */
  async wait(): Promise<void> {
    if (this.#left === this.#budget) this.#begun = performance.now();
    const begun = performance.now();
    await new Promise((resolve) => setTimeout(resolve, this.#next));
    this.#left -= performance.now() - begun;
    this.#next = Math.min(this.#next * 2, LONGEST);
  }

  /** Records that waiting helped. */
  rewarded(): void {
    this.#next = SHORTEST;
  }
}
