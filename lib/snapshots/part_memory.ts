import { DEFAULT_PART_BYTES } from "../model/receipt.ts";

/** Part that is read ahead. */
export interface Ahead {
  readonly bytes: number;
  /** Whether a thread reads its volume already. Other volumes leave room for the parts of these. */
  readonly isRunning: boolean;
  /** Begins to read the part. */
  begin(): void;
}

/**
 * Memory for the parts of volumes that are read at the same time: one part of the default size for each of them, and one
 * that is read ahead. Otherwise, each volume and each waiting one would hold a part that is read ahead.
 *
 * Parts are read ahead when there is room. A part that is needed now is read in any case, so no volume waits for another.
 */
export class PartMemory {
  readonly #limit: number;
  readonly #waiting = new Set<Ahead>();
  #held = 0;

  /**
   * Creates the memory.
   *
   * @param jobs Number of volumes that are read at the same time.
   */
  constructor(jobs: number) {
    this.#limit = (jobs + 1) * DEFAULT_PART_BYTES;
  }

  /** Begins to read a part when there is room for it. */
  whenFree(ahead: Ahead): void {
    this.#waiting.add(ahead);
    this.#beginAll();
  }

  /** Begins to read a part now, unless this was done. */
  now(ahead: Ahead): void {
    if (!this.#waiting.delete(ahead)) return;
    this.#held += ahead.bytes;
    ahead.begin();
  }

  /** Gives back the memory of a part, or does not read it if this was not begun. */
  free(ahead: Ahead): void {
    if (this.#waiting.delete(ahead)) return;
    this.#held -= ahead.bytes;
    this.#beginAll();
  }

  #beginAll(): void {
    for (const ahead of this.#waiting) {
      const limit = ahead.isRunning ? this.#limit : this.#limit - DEFAULT_PART_BYTES;
      if (this.#held + ahead.bytes <= limit) this.now(ahead);
    }
  }
}
