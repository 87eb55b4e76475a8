/** Files beyond what 33 bits count, without writing them. */
import assert from "node:assert/strict";
import { sizeInArchive } from "../../lib/archive/header.ts";
import { ARCHIVE_END } from "../../lib/archive/layout.ts";
import { ArchiveReader } from "../../lib/archive/read.ts";
import { archive, type Content } from "../../lib/archive/write.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { file } from "./making.ts";
import { pythonLists } from "./python.ts";

/** Writes an archive to a file with holes where blocks are nothing but content, which is zeros. */
function writeSparse(path: string, entries: readonly Entry[]): void {
  let untouched = false;
  const open = (entry: Entry): Content => {
    let left = entry.size;
    const read = (into: Uint8Array): number => {
      const given = Math.min(left, into.length);
      untouched = given === BLOCK;
      if (!untouched) into.fill(0, 0, given);
      left -= given;
      return given;
    };
    return { entry, read, close: () => {} };
  };
  const BLOCK = 1024 * 1024;
  using output = Deno.createSync(path);
  for (const block of archive(entries, { open, done: () => {}, blockSize: BLOCK })) {
    if (untouched) output.seekSync(block.length, Deno.SeekMode.Current);
    else for (let at = 0; at < block.length;) at += output.writeSync(block.subarray(at));
    untouched = false;
  }
}

const GIB = 2 ** 30;

foreignTest(
  ["python3", "tar", "bsdtar", "busybox"],
  "every program reads files of about 8 GiB and more",
  async () => {
    await withDirectory(async (root) => {
      const sizes = [8 * GIB - 1, 8 * GIB, 8 * GIB + 1, 40 * GIB + 512];
      const entries = sizes.flatMap((
        size,
      ) => [{ ...file(`f${size}`).entry, size }, file(`after${size}`).entry]);
      const path = `${root}/a.tar`;
      writeSparse(path, entries);
      const whole = entries.reduce((sum, entry) => sum + sizeInArchive(entry), ARCHIVE_END);
      assert.equal(Deno.statSync(path).size, whole);
      assert.ok(Deno.statSync(path).blocks! < 10_000, "the file takes no space");
      const found = (await pythonLists(path, "without content")).map(({ path, size }) => [path, size]);
      assert.deepEqual(found, entries.map(({ path, size }) => [path, size]));
      for (
        const [program, ...how] of [["tar", "-tvf"], ["bsdtar", "-tvf"], ["busybox", "tar", "-tvf"]] as [
          string,
          ...string[],
        ][]
      ) {
        const { text, stderr } = await must(program, [...how, path]);
        assert.equal(stderr, "");
        const listed = text.trimEnd().split("\n").map((
          line,
        ) => [line.split(" ").at(-1), Number(line.match(/ (\d+) (?:\d{4}-|[A-Z])/)![1])]);
        assert.deepEqual(listed, entries.map(({ path, size }) => [path, size]), program);
      }
    });
  },
);

Deno.test("the reader reads 40 GiB while they are written", () => {
  const sizes = [8 * GIB + 1, 31 * GIB + 511];
  const entries = sizes.map((size) => ({ ...file(`f${size}`).entry, size }));
  const read: [Entry, number][] = [];
  const reader = new ArchiveReader({
    entry: (entry) => read.push([entry, 0]),
    content: (bytes) => read.at(-1)![1] += bytes.length,
    end: () => {},
  });
  const open = (entry: Entry): Content => ({ entry, read: (into) => into.length, close: () => {} });
  for (const block of archive(entries, { open, done: () => {} })) reader.write(block);
  reader.close();
  assert.deepEqual(read, entries.map((entry) => [entry, entry.size]));
});
