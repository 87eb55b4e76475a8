import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { empty, firstOf, large, random, small } from "../../scripts/bench/corpora.ts";
import { incompressible, Words } from "../../scripts/bench/words.ts";
import { withDirectory } from "../support/directory.ts";

Deno.test("generated text is the same each time, compresses to about a third, and continues with other text", () => {
  const [one, other] = [new Words(1e6), new Words(1e6)];
  const text = one.more().slice();
  assert.deepEqual(text, other.more());
  const ratio = text.length / zstdCompressSync(text).length;
  assert.ok(ratio > 2.5 && ratio < 4, `${ratio}`);
  assert.notDeepEqual(one.more().slice(0, 1000), text.slice(0, 1000));
});

Deno.test("random bytes do not compress", () => {
  assert.ok(zstdCompressSync(incompressible(100_000)).length > 100_000);
});

Deno.test("corpora have the requested size, are made once, and are never incomplete", () =>
  withDirectory(async (directory) => {
    const few = await small(directory, 1500);
    assert.equal(filesBelow(`${few}/0`).length, 1000);
    const sizes = filesBelow(`${few}/1`);
    assert.equal(sizes.length, 500);
    assert.ok(sizes.every((size) => size < 2000) && new Set(sizes).size > 100);
    assert.deepEqual(filesBelow(await large(directory, 2_500_000)), [2_500_000]);
    assert.deepEqual(filesBelow(await random(directory, 25e6)).sort(), [1e7, 1e7, 5e6]);
    assert.deepEqual(filesBelow(await empty(directory)), []);

    const first = await firstOf(few, 1101, directory); // ".", "./0", its files, "./1", and 98 files
    assert.deepEqual([filesBelow(`${first}/0`).length, filesBelow(`${first}/1`).length], [1000, 98]);

    Deno.removeSync(`${few}/1/1499`);
    await small(directory, 1500);
    assert.equal(filesBelow(`${few}/1`).length, 499, "it is not made again");
    Deno.renameSync(few, `${few}.unfinished`);
    assert.equal(filesBelow(`${await small(directory, 1500)}/1`).length, 500, "what was begun is begun anew");
  }));

function filesBelow(directory: string): number[] {
  return [...Deno.readDirSync(directory)].filter(({ isFile }) => isFile)
    .map(({ name }) => Deno.statSync(`${directory}/${name}`).size);
}
