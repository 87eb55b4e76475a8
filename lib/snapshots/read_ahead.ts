/**
 * Reads items one by one, each while the one before it is worked on; the first at once. Held with `await using`, nothing is
 * being read any more when it is left.
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

  /** Starts to read the next item. There must be one. */
  async take(): Promise<Bytes> {
    const bytes = await this.#next!;
    this.#begin();
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#next?.catch(() => {}); // the caller that did not take it has an error of its own
  }

  #begin(): void {
    const { value, done } = this.#items.next();
    this.#next = done ? undefined : this.#read(value);
    this.#next?.catch(() => {}); // it is thrown when it is taken
  }
}
