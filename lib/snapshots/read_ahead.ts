/**
 * Reads items one by one, each while the previous one is processed; the first at once. With `await using`, no
 * read is running at the end of the block.
 */
export class ReadAhead<Item, Bytes> implements AsyncDisposable {
  readonly #items: Iterator<Item>;
  readonly #read: (item: Item) => Promise<Bytes>;
  #next: Promise<Bytes> | undefined;

  constructor(items: Iterable<Item>, read: (item: Item) => Promise<Bytes>) {
    this.#items = items[Symbol.iterator]();
    this.#read = read;
    this.#begin();
  }

  /** Returns the next item. There must be one. Starts to read the one after it. */
  async take(): Promise<Bytes> {
    const bytes = await this.#next!;
    this.#begin();
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#next?.catch(() => {}); // if the caller did not take it, the caller has another error
  }

  #begin(): void {
    const { value, done } = this.#items.next();
    this.#next = done ? undefined : this.#read(value);
    this.#next?.catch(() => {}); // it is thrown when it is taken
  }
}
