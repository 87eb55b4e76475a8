/**
 * As large as a part usually may be. Memory that was not written to yet is not there yet, so a small message costs no
 * more for it, and a large one is spared being moved as it grows.
 */
const FIRST_ALLOCATION = 16 * 1024 * 1024;

/** A buffer of at most `limit` bytes that grows as it is filled: most volumes are much smaller than a part. */
export class PartBuffer {
  readonly #limit: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #filled = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#bytes = new Uint8Array(Math.min(FIRST_ALLOCATION, limit));
  }

  get empty(): boolean {
    return this.#filled === 0;
  }

  get full(): boolean {
    return this.#filled === this.#limit;
  }

  /** Copies as much of `chunk` as there is room for; returns the rest. */
  take(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const taken = chunk.subarray(0, this.#limit - this.#filled);
    const needed = this.#filled + taken.length;
    if (needed > this.#bytes.length) {
      this.#resize(Math.min(this.#limit, Math.max(needed, 2 * this.#bytes.length)));
    }
    this.#bytes.set(taken, this.#filled);
    this.#filled = needed;
    return chunk.subarray(taken.length);
  }

  /** The bytes in a buffer of exactly their length. This object is of no use afterwards. */
  close(): Uint8Array<ArrayBuffer> {
    this.#resize(this.#filled);
    return this.#bytes;
  }

  #resize(length: number): void {
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(length));
  }
}
