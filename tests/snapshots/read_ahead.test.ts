import assert from "node:assert/strict";
import { ReadAhead } from "../../lib/snapshots/read_ahead.ts";

Deno.test("the first is read at once, and each further one while the one before it is worked on", async () => {
  const read: string[] = [];
  await using ahead = new ReadAhead(["a", "b", "c"], (item) => Promise.resolve(read.push(item)));
  assert.deepEqual(read, ["a"]);
  assert.equal(await ahead.take(), 1);
  assert.deepEqual(read, ["a", "b"]);
  assert.equal(await ahead.take(), 2);
  assert.equal(await ahead.take(), 3);
  assert.deepEqual(read, ["a", "b", "c"]);
});

Deno.test("an error is reported in its turn, and not to a reader that stops before", async () => {
  const broken = (item: number): Promise<number> =>
    item === 2 ? Promise.reject(new Error("broken")) : Promise.resolve(item);
  await using ahead = new ReadAhead([1, 2], broken);
  assert.equal(await ahead.take(), 1);
  await assert.rejects(ahead.take(), /broken/);
  await using left = new ReadAhead([1, 2], broken);
  assert.equal(await left.take(), 1);
});

Deno.test("no read is running after it is disposed of", async () => {
  let reading = 0;
  const slowly = async (): Promise<void> => {
    reading += 1;
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    reading -= 1;
  };
  {
    await using _ahead = new ReadAhead([1, 2], slowly);
    assert.equal(reading, 1);
  }
  assert.equal(reading, 0);
});
