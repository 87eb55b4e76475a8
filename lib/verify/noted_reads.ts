import type { GetOptions, ListOptions, ObjectReader, StoredObject } from "../store/contract.ts";

/** Reader that remembers which objects it has fetched. */
export class NotedReads implements ObjectReader {
  readonly #reader: ObjectReader;
  readonly #first: (bytes: number) => void;
  readonly #names = new Set<string>();

  /**
   * Creates the reader.
   *
   * @param first Called with the size in bytes of each object that is fetched for the first time.
   */
  constructor(reader: ObjectReader, first: (bytes: number) => void) {
    this.#reader = reader;
    this.#first = first;
  }

  /** Whether the object was fetched. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject> {
    return this.#reader.list(prefix, options);
  }

  async get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#reader.get(name, options);
    if (!this.#names.has(name)) {
      this.#names.add(name);
      this.#first(bytes.length);
    }
    return bytes;
  }
}
