import {
  type GetOptions,
  type ListOptions,
  type ObjectReader,
  type StoredObject,
  StoreError,
} from "../store/contract.ts";

/** Reader that remembers which objects it has fetched, and which the store did not return: it asks for these once. */
export class NotedReads implements ObjectReader {
  readonly #reader: ObjectReader;
  readonly #first: (bytes: number) => void;
  readonly #names = new Set<string>();
  readonly #refused = new Map<string, StoreError>();

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
    const bytes = await this.#once(name, options);
    if (!this.#names.has(name)) {
      this.#names.add(name);
      this.#first(bytes.length);
    }
    return bytes;
  }

  async #once(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    const request = `${name} ${options.first === true}`;
    const refused = this.#refused.get(request);
    if (refused !== undefined) throw refused;
    try {
      return await this.#reader.get(name, options);
    } catch (error) {
      if (error instanceof StoreError) this.#refused.set(request, error);
      throw error;
    }
  }
}
