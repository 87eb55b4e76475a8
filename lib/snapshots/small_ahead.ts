import { inOrder } from "../workers/in_order.ts";

/** Receipts that are read at the same time. */
const AT_ONCE = 16;

/** Receipts that are read ahead of the one that is processed. */
const AHEAD = 32;

/** Size in bytes from which on receipts are not read ahead: some of the largest would fill the memory. */
const LARGE = 64 * 1024;

/**
 * Reads receipts, and yields the results in the order of the items. Small ones are read ahead: a store answers each request after
 * some milliseconds, and an intruder who can put objects can put 100,000 receipts.
 *
 * @param sizeOf Returns the bytes that must be read for an item, or that its result keeps.
 */
export async function* smallAhead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  sizeOf: (item: Item) => number,
  read: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begin = async (item: Item): Promise<() => Result | Promise<Result>> => {
    if (sizeOf(item) >= LARGE) return () => read(item);
    const result = await read(item);
    return () => result;
  };
  for await (const result of inOrder(items, AT_ONCE, begin, AHEAD)) yield await result();
}
