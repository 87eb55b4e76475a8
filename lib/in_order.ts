/**
 * Works on `items`, at most `limit` of them at a time, and gives the results in the order of the items. One that takes
 * long does not hold up those behind it: their results wait.
 *
 * After an error no further work is begun, and the error comes when its turn does.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running = new Set<Promise<void>>();
  const results = new Map<number, Promise<Result>>();
  const source = items[Symbol.iterator]();
  let [begun, given, failed, ended] = [0, 0, false, false];
  const begin = (): void => {
    const next = source.next();
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
      while (running.size < limit && !ended && !failed) begin();
      const head = results.get(given);
      if (head === undefined) return;
      const isDone = await Promise.race([head.then(() => true), ...running]);
      if (!isDone) continue;
      results.delete(given++);
      yield await head;
    }
  } finally {
    source.return?.();
  }
}
