import { Damage } from "../model/failure.ts";
import { TEXT_PIECE } from "../buffers/text_bytes.ts";

/** Reads an index line by line: UTF-8 text in which a newline ends each line. */
export class Lines implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #longest: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #text = "";
  #at = 0;
  #hasEscape = false;

  /**
   * Creates the reader.
   *
   * @param longest Maximum length of a line in characters.
   * @param piece Bytes that are decoded at a time.
   */
  constructor(chunks: AsyncIterable<Uint8Array>, longest: number, piece = TEXT_PIECE) {
    this.#chunks = pieces(chunks, piece)[Symbol.asyncIterator]();
    this.#longest = longest;
  }

  /**
   * Skips lines among those that have been read already, as long as `canSkip` returns true for their position and their end; returns
   * their number, at most `most`. Lines of a piece with a backslash are not skipped: in these, strings can be escaped.
   */
  skip(most: number, canSkip: (text: string, at: number, end: number) => boolean): number {
    if (this.#hasEscape) return 0;
    for (let count = 0; count < most; count += 1) {
      const end = this.#text.indexOf("\n", this.#at);
      if (end < 0 || !canSkip(this.#text, this.#at, end)) return count;
      this.#at = end + 1;
    }
    return most;
  }

  /**
   * Returns the next line, if it has been read already; otherwise undefined. Waiting for each line would cost
   * more than finding it.
   */
  next(): string | undefined {
    const end = this.#text.indexOf("\n", this.#at);
    if (end < 0) return undefined;
    const line = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  /**
   * Reads more text, and returns the next line; undefined at the end.
   *
   * @throws {Damage} if a line is too long, incomplete, or not text.
   */
  async read(): Promise<string | undefined> {
    for (;;) {
      const line = this.next();
      if (line !== undefined) return line;
      const rest = this.#text.slice(this.#at);
      if (rest.length > this.#longest) throw new Damage("A line of the index is too long");
      const { value, done } = await this.#chunks.next();
      [this.#text, this.#at] = [rest + this.#decode(value), 0];
      this.#hasEscape = this.#text.includes("\\");
      if (!done) continue;
      if (this.#text !== "") throw new Damage("The index breaks off within a line");
      return undefined;
    }
  }

  /** Signals to the source of the text that no more is needed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }

  #decode(chunk: Uint8Array | undefined): string {
    try {
      return chunk ? this.#decoder.decode(chunk, { stream: true }) : this.#decoder.decode();
    } catch {
      throw new Damage("The index is not UTF-8");
    }
  }
}

async function* pieces(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
  }
}
