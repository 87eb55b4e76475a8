import { createHash } from "node:crypto";

/** Number of values that are discarded at the beginning, so that the first one depends on all bits of the seed. */
const WARM_UP = 12;

/**
 * Random numbers from a seed: the same seed gives the same numbers on every machine. The generator is `sfc32` of
 * PractRand (https://pracrand.sourceforge.net), started by the SHA-256 of the seed. It need not be unpredictable,
 * because an intruder cannot choose damage by a seed that does not exist yet.
 */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    const digest = createHash("sha256").update(seed).digest();
    this.#state = Uint32Array.of(digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), 1);
    for (let count = 0; count < WARM_UP; count += 1) this.next();
  }

  /** Returns a number above 0 and below 1. */
  next(): number {
    const state = this.#state;
    const [a, b, c, counter] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const result = (a + b + counter) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    state[3] = counter + 1;
    return (result + 0.5) / 2 ** 32;
  }

  /** Returns a whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}

/** Returns a new seed. */
export function newSeed(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}
