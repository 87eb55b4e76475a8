/** A part's buffer, filled piece by piece. */
export class PartBuffer {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #filled = 0;

  /**
   * @param buffer As large as a part may be. Memory that was never written to is not there yet, so a small message in a
   * new buffer costs no more than its bytes.
   */
  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
  }

  get full(): boolean {
    return this.#filled === this.#bytes.length;
  }

  /** Copies as much of `chunk` as there is room for; returns the rest. */
  take(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const taken = chunk.subarray(0, this.#bytes.length - this.#filled);
    this.#bytes.set(taken, this.#filled);
    this.#filled += taken.length;
    return chunk.subarray(taken.length);
  }

  /** The bytes that were filled. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#filled);
  }
}
