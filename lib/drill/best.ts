/** Keeps the few items with the lowest keys of many, in order. */
export class Best<Item> {
  readonly #limit: number;
  readonly #kept: { readonly key: number; readonly item: Item }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps an item if it is among the best so far. Of equal keys the first one counts. */
  add(key: number, item: Item): void {
    const kept = this.#kept;
    if (kept.length === this.#limit && !(key < (kept.at(-1)?.key ?? -Infinity))) return;
    let at = kept.length;
    while (at > 0 && kept[at - 1]!.key > key) at -= 1;
    kept.splice(at, 0, { key, item });
    if (kept.length > this.#limit) kept.pop();
  }

  /** The items, the lowest key first. */
  get items(): Item[] {
    return this.#kept.map(({ item }) => item);
  }
}
