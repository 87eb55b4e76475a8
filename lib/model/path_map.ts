/**
 * Map with few paths, which most of the paths that are looked up do not equal. A path whose length none of
 * them has is not hashed, which takes time in proportion to its length.
 */
export class PathMap<T> {
  readonly #values: ReadonlyMap<string, T>;
  readonly #lengths: ReadonlySet<number>;

  constructor(entries: Iterable<readonly [path: string, value: T]>) {
    this.#values = new Map(entries);
    this.#lengths = new Set([...this.#values.keys()].map(({ length }) => length));
  }

  get(path: string): T | undefined {
    return this.#lengths.has(path.length) ? this.#values.get(path) : undefined;
  }

  has(path: string): boolean {
    return this.#lengths.has(path.length) && this.#values.has(path);
  }
}
