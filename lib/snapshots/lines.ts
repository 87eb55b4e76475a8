import { Damage } from "../model/failure.ts";
import { TEXT_PIECE } from "../buffers/text_bytes.ts";

/** Reads an index line by line: UTF-8 text in which a newline ends each line. */
export class Lines implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #longest: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #text = "";
  #at = 0;

  /**
   * Creates the reader.
   *
   * @param longest Maximum length of a line in characters.
   */
  constructor(chunks: AsyncIterable<Uint8Array>, longest: number) {
    this.#chunks = pieces(chunks)[Symbol.asyncIterator]();
    this.#longest = longest;
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

async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += TEXT_PIECE) yield chunk.subarray(at, at + TEXT_PIECE);
  }
}
