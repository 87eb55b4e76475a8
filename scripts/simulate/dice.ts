/** Random choices that are reproducible with a seed. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  /** Returns a number from 0 to 1. */
  share(): number {
    return this.#next();
  }

  /** Returns whether an event with this probability happens. */
  chance(chance: number): boolean {
    return this.#next() < chance;
  }

  /** Returns a whole number from 0, less than `most`. */
  below(most: number): number {
    return Math.floor(this.#next() * most);
  }

  /** Returns an item of a list that is not empty. */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}

/** Returns a generator of numbers from 0 to 1, reproducible with a seed: mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
