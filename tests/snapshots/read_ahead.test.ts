import assert from "node:assert/strict";
import { PartMemory } from "../../lib/snapshots/part_memory.ts";
import { ReadAhead } from "../../lib/snapshots/read_ahead.ts";

const PART = 16 * 1024 * 1024;

/** Parts of one size, by their names. */
function parts(names: string, size = PART): { readonly name: string; readonly size: number }[] {
  return Array.from(names, (name) => ({ name, size }));
}

Deno.test("the first is read at once, and each further one while the one before it is worked on", async () => {
  const read: string[] = [];
  await using ahead = new ReadAhead(
    parts("abc"),
    ({ name }) => Promise.resolve(read.push(name)),
    new PartMemory(1),
  );
  assert.deepEqual(read, ["a"]);
  assert.equal(await ahead.take(), 1);
  assert.deepEqual(read, ["a", "b"]);
  assert.equal(await ahead.take(), 2);
  assert.equal(await ahead.take(), 3);
  assert.deepEqual(read, ["a", "b", "c"]);
});

Deno.test("an error is reported in its turn, and not to a reader that stops before", async () => {
  const broken = ({ name }: { readonly name: string }): Promise<string> =>
    name === "b" ? Promise.reject(new Error("broken")) : Promise.resolve(name);
  await using ahead = new ReadAhead(parts("ab"), broken, new PartMemory(1));
  assert.equal(await ahead.take(), "a");
  await assert.rejects(ahead.take(), /broken/);
  await using left = new ReadAhead(parts("ab"), broken, new PartMemory(1));
  assert.equal(await left.take(), "a");
});

Deno.test("no read is running after it is disposed of", async () => {
  let reading = 0;
  const slowly = async (): Promise<void> => {
    reading += 1;
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    reading -= 1;
  };
  {
    await using _ahead = new ReadAhead(parts("ab"), slowly, new PartMemory(1));
    assert.equal(reading, 1);
  }
  assert.equal(reading, 0);
});

Deno.test("volumes hold one part more than the jobs that read them", async () => {
  const read: string[] = [];
  const memory = new PartMemory(2);
  const volume = (names: string): ReadAhead<{ name: string; size: number }, number> =>
    new ReadAhead(parts(names), ({ name }) => Promise.resolve(read.push(name)), memory);
  await using first = volume("abc");
  await using second = volume("ABC");
  await using third = volume("xyz");
  assert.deepEqual(read, ["a", "A"]);
  await first.take();
  assert.deepEqual(read, ["a", "A", "b"]);
  await second.take();
  assert.deepEqual(read, ["a", "A", "b"]);
  await first.take();
  assert.deepEqual(read, ["a", "A", "b", "B"], "the memory of the first part goes to the volume that waits");
  await third.take();
  assert.deepEqual(read, ["a", "A", "b", "B", "x"], "a part that is needed now is read in any case");
});

Deno.test("small parts of waiting volumes are read ahead", async () => {
  const read: string[] = [];
  const memory = new PartMemory(2);
  await using volumes = new AsyncDisposableStack();
  for (const name of "abcd") {
    const volume = new ReadAhead(
      parts(name, PART / 4),
      (it) => Promise.resolve(read.push(it.name)),
      memory,
    );
    volumes.use(volume);
  }
  assert.deepEqual(read, ["a", "b", "c", "d"]);
});

Deno.test("the memory of a volume that ends goes to the next one", async () => {
  const read: string[] = [];
  const memory = new PartMemory(1);
  const volume = (names: string): ReadAhead<{ name: string; size: number }, number> =>
    new ReadAhead(parts(names), ({ name }) => Promise.resolve(read.push(name)), memory);
  const first = volume("ab");
  await using _second = volume("AB");
  await first.take();
  assert.deepEqual(read, ["a", "b"]);
  await first[Symbol.asyncDispose]();
  assert.deepEqual(read, ["a", "b", "A"]);
});
