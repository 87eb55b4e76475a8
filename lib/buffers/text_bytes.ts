/** Initial capacity in bytes. */
const START = 64 * 1024;

const encoder = new TextEncoder();

/**
 * Growing text in UTF-8. Its bytes lie outside of the heap of objects: many short strings that are kept for a
 * while would be most of the work of the garbage collector.
 */
export class TextBytes {
  #room = new Uint8Array(START);
  #length = 0;

  /** Size in bytes. */
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

  /** Returns the whole text in a buffer of exactly its size. The object cannot be used afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#room.buffer.transfer(this.#length));
  }
}

/**
 * Number of bytes that are decoded at a time. V8 treats a string as long-lived if it outlives a few hundred
 * short strings.
 */
export const TEXT_PIECE = 8 * 1024;

/** Reads the strings of {@link TextBytes} one after the other. */
export class TextReader {
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #read = 0;
  #text = "";
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Returns the next `length` characters (UTF-16 units, as strings count them). There must be enough of them.
   */
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
