/**
 * Buffers for parts, which are reused. There are never more than `count`, which limits the memory of a
 * backup. A caller waits until one is free.
 */
export class PartBuffers {
  readonly #bytes: number;
  readonly #free: ArrayBuffer[] = [];
  readonly #waiting: ((buffer: ArrayBuffer) => void)[] = [];
  #unmade: number;

  /**
   * Creates an empty pool.
   *
   * @param bytes Size of each buffer.
   * @param count Maximum number of buffers.
   */
  constructor(bytes: number, count: number) {
    this.#bytes = bytes;
    this.#unmade = count;
  }

  async take(): Promise<ArrayBuffer> {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#unmade > 0) {
      this.#unmade -= 1;
      return new ArrayBuffer(this.#bytes);
    }
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(buffer: ArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next) next(buffer);
    else this.#free.push(buffer);
  }
}
