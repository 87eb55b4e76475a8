import assert from "node:assert/strict";
import { inOrder } from "../../lib/workers/in_order.ts";

/** Work that ends when the test says so. */
function gates(): {
  work: (item: number) => Promise<number>;
  begun: number[];
  end(item: number, error?: Error): void;
} {
  const begun: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<number>>();
  return {
    begun,
    work(item): Promise<number> {
      begun.push(item);
      ends.set(item, Promise.withResolvers());
      return ends.get(item)!.promise;
    },
    end: (item, error) => error ? ends.get(item)!.reject(error) : ends.get(item)!.resolve(item * 10),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

Deno.test("results have the order of the items, and a slow item does not delay later ones", async () => {
  const { work, begun, end } = gates();
  const results = inOrder([1, 2, 3, 4], 2, work);
  const first = results.next();
  await turn();
  assert.deepEqual(begun, [1, 2]);
  end(2);
  await turn();
  assert.deepEqual(begun, [1, 2, 3]);
  end(3);
  await turn();
  assert.deepEqual(begun, [1, 2, 3, 4]);
  end(1);
  assert.equal((await first).value, 10);
  end(4);
  assert.deepEqual(await Array.fromAsync(results), [20, 30, 40]);
});

Deno.test("no more items are begun than may be ahead of a slow one", async () => {
  const { work, begun, end } = gates();
  const results = inOrder([1, 2, 3, 4], 2, work, 3);
  const first = results.next();
  for (const item of [2, 3]) {
    await turn();
    end(item);
  }
  await turn();
  assert.deepEqual(begun, [1, 2, 3]);
  end(1);
  assert.equal((await first).value, 10);
  const rest = Array.fromAsync(results);
  await turn();
  end(4);
  assert.deepEqual(await rest, [20, 30, 40]);
});

Deno.test("items are taken one by one, as they are worked on", async () => {
  const taken: number[] = [];
  function* items(): Generator<number> {
    for (const item of [1, 2, 3]) yield taken.push(item);
  }
  const { work, end } = gates();
  const results = inOrder(items(), 1, work);
  const first = results.next();
  await turn();
  assert.deepEqual(taken, [1]);
  end(1);
  await first;
  await results.return(undefined);
  assert.deepEqual(taken, [1], "nothing was asked for after the first");
});

Deno.test("after an error no work begins, and the error is thrown in its turn", async () => {
  const { work, begun, end } = gates();
  const results = inOrder([1, 2, 3, 4], 2, work);
  const first = results.next();
  await turn();
  end(2, new Error("two"));
  await turn();
  assert.deepEqual(begun, [1, 2]);
  end(1);
  assert.equal((await first).value, 10);
  await assert.rejects(results.next(), { message: "two" });
});

Deno.test("no items give no results", async () => {
  assert.deepEqual(await Array.fromAsync(inOrder([], 3, () => Promise.resolve(1))), []);
});

Deno.test("a reader that stops early waits for what is running", async () => {
  const { work, end } = gates();
  const results = inOrder([1, 2], 2, work);
  const first = results.next();
  await turn();
  end(1);
  await first;
  let gone = false;
  const going = results.return(undefined).then(() => gone = true);
  await turn();
  assert.equal(gone, false);
  end(2);
  await going;
});

Deno.test("items may come asynchronously", async () => {
  async function* items(): AsyncGenerator<number> {
    for (const item of [1, 2, 3]) yield await Promise.resolve(item);
  }
  assert.deepEqual(await Array.fromAsync(inOrder(items(), 2, (it) => Promise.resolve(it * 10))), [
    10,
    20,
    30,
  ]);
});
