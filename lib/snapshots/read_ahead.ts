import type { Ahead, PartMemory } from "./part_memory.ts";

/** Item that is read, and the memory that its bytes take. */
interface Reading<Bytes> extends Ahead {
  bytesRead?: Promise<Bytes>;
}

/**
 * Reads items one by one, each while the previous one is processed if there is memory for both; the first as soon as there
 * is memory. The bytes of an item belong to the caller until the next one is taken. With `await using`, no read is running
 * at the end of the block.
 */
export class ReadAhead<Item extends { readonly size: number }, Bytes> implements AsyncDisposable {
  readonly #items: Iterator<Item>;
  readonly #read: (item: Item) => Promise<Bytes>;
  readonly #memory: PartMemory;
  #current: Reading<Bytes> | undefined;
  #next: Reading<Bytes> | undefined;

  constructor(items: Iterable<Item>, read: (item: Item) => Promise<Bytes>, memory: PartMemory) {
    this.#items = items[Symbol.iterator]();
    this.#read = read;
    this.#memory = memory;
    this.#next = this.#ahead(false);
  }

  /** Returns the next item. There must be one. Then reads the one after it when there is memory. */
  async take(): Promise<Bytes> {
    const [last, current] = [this.#current, this.#next!];
    this.#memory.now(current); // before the last one is freed, so that no other volume takes its memory
    this.#current = current;
    if (last) this.#memory.free(last);
    const bytes = await current.bytesRead!;
    this.#next = this.#ahead(true);
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#next?.bytesRead?.catch(() => {}); // if the caller did not take it, the caller has another error
    for (const reading of new Set([this.#current, this.#next])) if (reading) this.#memory.free(reading);
  }

  #ahead(isRunning: boolean): Reading<Bytes> | undefined {
    const { value, done } = this.#items.next();
    if (done) return undefined;
    const reading: Reading<Bytes> = {
      bytes: value.size,
      isRunning,
      begin: () => {
        reading.bytesRead = this.#read(value);
        reading.bytesRead.catch(() => {}); // it is thrown when it is taken
      },
    };
    this.#memory.whenFree(reading);
    return reading;
  }
}
