/**
 * Processes `items`, at most `limit` of them at a time, and yields the results in the order of the items. A
 * slow item does not delay those after it: their results wait.
 *
 * After an error no further work begins, and the error is thrown in its turn. At the end, or if the caller
 * stops early, it waits for work that has begun.
 *
 * @param ahead Maximum number of items that are begun and not yet yielded. Default: no limit.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
  ahead = Infinity,
): AsyncGenerator<Result> {
  const running = new Set<Promise<void>>();
  const results = new Map<number, Promise<Result>>();
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let [begun, given, failed, ended] = [0, 0, false, false];
  const begin = async (): Promise<void> => {
    const next = await source.next();
    if (next.done) return void (ended = true);
    const result = work(next.value);
    const task: Promise<void> = result
      .then(() => {}, () => void (failed = true))
      .finally(() => running.delete(task));
    running.add(task);
    results.set(begun++, result);
  };
  try {
    for (;;) {
      while (running.size < limit && results.size < ahead && !ended && !failed) await begin();
      const head = results.get(given);
      if (head === undefined) return;
      const isDone = await Promise.race([head.then(() => true), ...running]);
      if (!isDone) continue;
      results.delete(given++);
      yield await head;
    }
  } finally {
    await Promise.all(running);
    await source.return?.();
  }
}
