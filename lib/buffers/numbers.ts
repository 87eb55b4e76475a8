/** Room at the beginning. */
const START = 1024;

/** Numbers that grow at their end, in a buffer beside the heap of objects. */
export class Numbers {
  #room = new Float64Array(START);
  #length = 0;

  /** Bytes so far. */
  get bytes(): number {
    return this.#length * Float64Array.BYTES_PER_ELEMENT;
  }

  add(...numbers: number[]): void {
    const least = this.#length + numbers.length;
    if (least > this.#room.length) {
      const room = Math.max(least, this.#room.length * 2);
      this.#room = new Float64Array(this.#room.buffer.transfer(room * Float64Array.BYTES_PER_ELEMENT));
    }
    for (const number of numbers) this.#room[this.#length++] = number;
  }

  /** All of them, in a buffer of their own size. It ends the use of this object. */
  take(): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#room.buffer.transfer(this.#length * Float64Array.BYTES_PER_ELEMENT));
  }
}
