/** Initial capacity. */
const START = 1024;

/** Growing array of numbers, in a buffer outside of the heap of objects. */
export class Numbers {
  #room = new Float64Array(START);
  #length = 0;

  /** Size in bytes. */
  get bytes(): number {
    return this.#length * Float64Array.BYTES_PER_ELEMENT;
  }

  add(...numbers: number[]): void {
    const least = this.#length + numbers.length;
    if (least > this.#room.length) {
      const room = Math.max(least, this.#room.length * 2);
      this.#room = new Float64Array(this.#room.buffer.transfer(room * Float64Array.BYTES_PER_ELEMENT));
    }
    for (let at = 0; at < numbers.length; at++) this.#room[this.#length++] = numbers[at]!;
  }

  /** Returns all numbers in a buffer of exactly their size. The array cannot be used afterwards. */
  take(): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#room.buffer.transfer(this.#length * Float64Array.BYTES_PER_ELEMENT));
  }
}
