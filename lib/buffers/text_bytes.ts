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

/**
 * Bytes that are made text of at a time. What lives longer than a few hundred short texts take, V8 takes for something that
 * stays.
 */
export const TEXT_PIECE = 8 * 1024;

/** Reads the texts of {@link TextBytes} one after the other. */
export class TextReader {
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #read = 0;
  #text = "";
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `length` characters (UTF-16 units, as strings count them). They must be there. */
  take(length: number): string {
    while (this.#text.length - this.#at < length) this.#readOn();
    return this.#text.slice(this.#at, this.#at += length);
  }

  #readOn(): void {
    const piece = this.#bytes.subarray(this.#read, this.#read += TEXT_PIECE);
    this.#text = this.#text.slice(this.#at) + this.#decoder.decode(piece, { stream: true });
    this.#at = 0;
  }
}
