/**
 * Works on `items`, at most `limit` of them at a time, and gives the results in the order of the items. One that takes
 * long does not hold up those behind it: their results wait.
 *
 * After an error no further work is begun, and the error comes when its turn does. Whether that or the taker ends it,
 * it waits for the work that is under way.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
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
      while (running.size < limit && !ended && !failed) await begin();
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
