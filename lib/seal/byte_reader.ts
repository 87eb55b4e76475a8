import { Damage } from "../model/failure.ts";

/**
 * Reads a sequence of chunks byte by byte. With `await using`, it closes its source at the end of the block.
 */
export class ByteReader implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #what: string;
  #rest: Uint8Array = new Uint8Array();

  /**
   * Creates a reader.
   *
   * @param what Name of the bytes for messages, such as `the message`.
   */
  constructor(chunks: AsyncIterable<Uint8Array>, what: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#what = what;
  }

  /** Whether all bytes have been read. */
  async ended(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) return true;
      this.#rest = value;
    }
    return false;
  }

  /**
   * Reads the next bytes: at least one, at most `most`. They are part of a chunk, and valid as long as the
   * chunk.
   *
   * @throws {Damage} if there are none.
   */
  async some(most: number): Promise<Uint8Array> {
    if (this.#rest.length === 0 && await this.ended()) {
      throw new Damage(`${this.#what} ends too early: it was cut off`);
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /**
   * Returns a copy of the next `length` bytes.
   *
   * @throws {Damage} if there are fewer.
   */
  async exactly(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const piece = await this.some(length - filled);
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }

  /** Yields all bytes that have not been read, in chunks as they come. */
  async *rest(): AsyncGenerator<Uint8Array> {
    while (!await this.ended()) yield await this.some(Infinity);
  }

  /** Stops the source of the chunks. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }
}
