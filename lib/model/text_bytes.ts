/** Room at the beginning. */
const START = 64 * 1024;

const encoder = new TextEncoder();

/**
 * Text that grows at its end, as UTF-8. Its bytes lie beside the heap of objects: many short texts that are kept for a while
 * are most of what the garbage collector has to do.
 */
export class TextBytes {
  #room = new Uint8Array(START);
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    const most = this.#length + text.length * 3; // a UTF-16 unit takes three bytes at most
    if (most > this.#room.length) {
      this.#room = new Uint8Array(this.#room.buffer.transfer(Math.max(most, this.#room.length * 2)));
    }
    this.#length += encoder.encodeInto(text, this.#room.subarray(this.#length)).written;
  }

  /** All of it, in a buffer of its own size. It ends the use of this object. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#room.buffer.transfer(this.#length));
  }
}
