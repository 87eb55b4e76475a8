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
  /** Text that is not encoded yet. A call of the encoder takes longer than it works on a short text. */
  #pending = "";

  /** Size in bytes; a character of the last {@link TEXT_PIECE} counts as one byte. */
  get length(): number {
    return this.#length + this.#pending.length;
  }

  add(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= TEXT_PIECE) this.#encode();
  }

  /** Returns the whole text in a buffer of exactly its size. The object cannot be used afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    this.#encode();
    return new Uint8Array(this.#room.buffer.transfer(this.#length));
  }

  #encode(): void {
    const most = this.#length + this.#pending.length * 3; // a UTF-16 unit takes three bytes at most
    if (most > this.#room.length) {
      this.#room = new Uint8Array(this.#room.buffer.transfer(Math.max(most, this.#room.length * 2)));
    }
    this.#length += encoder.encodeInto(this.#pending, this.#room.subarray(this.#length)).written;
    this.#pending = "";
  }
}

/**
 * Number of characters that are encoded at a time, and of bytes that are decoded. V8 treats a string as long-lived if it outlives a few hundred
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
   *
   * @param likely Text that is returned if it is the same, so that none is made.
   */
  take(length: number, likely?: string): string {
    while (this.#text.length - this.#at < length) this.#readOn();
    const from = this.#at;
    this.#at += length;
    if (likely?.length === length && this.#text.startsWith(likely, from)) return likely;
    return this.#text.slice(from, this.#at);
  }

  #readOn(): void {
    const piece = this.#bytes.subarray(this.#read, this.#read += TEXT_PIECE);
    this.#text = this.#text.slice(this.#at) + this.#decoder.decode(piece, { stream: true });
    this.#at = 0;
  }
}
