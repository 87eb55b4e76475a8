/** Generates reproducible content without repetitions. */

/** Text like that of logs and dumps: numbers, names and words, which compress to a third or so. */
export class Words {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #state = 0x2545f491;
  #line = 0;

  /** @param size of what is made at a time. */
  constructor(size: number) {
    this.#buffer = new Uint8Array(size);
    this.more();
  }

  /** New text, of the size that was said. It is overwritten by the next. */
  more(): Uint8Array<ArrayBuffer> {
    const encoder = new TextEncoder();
    for (let at = 0; at < this.#buffer.length;) {
      at += encoder.encodeInto(this.#text(), this.#buffer.subarray(at)).written;
    }
    return this.#buffer;
  }

  /** A piece of the text, of up to `most` bytes, from anywhere in it. */
  some(most: number): Uint8Array<ArrayBuffer> {
    const start = this.#number(this.#buffer.length - most);
    return this.#buffer.subarray(start, start + this.#number(most));
  }

  #text(): string {
    const [id, user] = [this.#next().toString(16), this.#number(5000)];
    const minutes = String(this.#line++).padStart(9, "0");
    return `${minutes} user${user} GET /${WORDS[this.#number(WORDS.length)]}/${id}?page=${
      this.#number(90)
    } 200 ${this.#next()} "${WORDS[this.#number(WORDS.length)]} ${WORDS[this.#number(WORDS.length)]}"\n`;
  }

  #number(below: number): number {
    return this.#next() % below;
  }

  /** Marsaglia's xorshift: 32 bits that look random, and are the same each time. */
  #next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }
}

const WORDS =
  "the bank alone holds key night drop slot in wall anyone who has been given one can put bag take out"
    .split(" ");

/** Random bytes. */
export function incompressible(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}
