/** Buffer of a part, filled piece by piece. */
export class PartBuffer {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #filled = 0;

  /**
   * Creates an empty part.
   *
   * @param buffer Buffer of the maximum size of a part. Memory that was never written takes no space, so a
   *   small message in a new buffer costs only its bytes.
   */
  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
  }

  get full(): boolean {
    return this.#filled === this.#bytes.length;
  }

  /** Copies as much of `chunk` as fits, and returns the rest. */
  take(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const taken = chunk.subarray(0, this.#bytes.length - this.#filled);
    this.#bytes.set(taken, this.#filled);
    this.#filled += taken.length;
    return chunk.subarray(taken.length);
  }

  /** Bytes that were filled. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#filled);
  }
}
