import assert from "node:assert/strict";
import fc from "fast-check";
import { Damage } from "../../lib/model/failure.ts";
import { encodeIndexLine, indexHeader } from "../../lib/model/index.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { MAX_INDEX_LINE } from "../../lib/model/index_line.ts";
import { Globs } from "../../lib/snapshots/globs.ts";
import type { IndexReader } from "../../lib/snapshots/index_reader.ts";
import { searchIndex, type Wanted } from "../../lib/snapshots/index_search.ts";
import { Lines } from "../../lib/snapshots/lines.ts";
import type { Snapshot } from "../../lib/snapshots/snapshots.ts";
import { thing } from "../archive/making.ts";
import { pieces } from "../seal/bytes.ts";

const signal = new AbortController().signal;

function entry(path: string): Entry {
  return thing(path, "fifo", { mtime: 0 }).entry;
}

/** Lines of an index with one volume, read in pieces of some bytes. */
function search(lines: readonly string[], wanted: Wanted, size: number): Promise<unknown[]> {
  const bytes = new TextEncoder().encode(indexHeader("h", "s") + lines.join(""));
  const index = { open: () => new Lines(pieces(bytes, size), MAX_INDEX_LINE), signal };
  const receipt = {
    volumes: [{ number: 1, entries: lines.length, plain: 1e9 }],
    adopted: [],
    index: { gone: 0 },
  };
  const snapshot = { host: "h", id: "s", receipt } as unknown as Snapshot;
  return Array.fromAsync(searchIndex(index as unknown as IndexReader, snapshot, wanted));
}

/** The same search with and without a look at the text first. */
function wantedBy(globs: Globs): { quick: Wanted; slow: Wanted } {
  const slow: Wanted = (path, isDirectory) =>
    globs.maySelect({ path, type: isDirectory ? "directory" : "file" });
  return { slow, quick: Object.assign(slow.bind(undefined), { mayBe: globs.maySelectIn }) };
}

Deno.test("a look at the text of an index finds what a look at each path finds", async () => {
  const NAME = fc.string({
    unit: fc.constantFrom("a", "b", "é", '"', "\\", "\n", ","),
    minLength: 1,
    maxLength: 3,
  });
  const PATH = fc.array(NAME, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(PATH, fc.constantFrom("a/b", "a/b/a", "a/bb", "a")), { maxLength: 30 }),
      fc.array(fc.oneof(PATH, fc.constantFrom("/a/b", "a/b/", "a", "/a")), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 400 }),
      async (paths, globs, size) => {
        const lines = paths.map((path) => encodeIndexLine(1, entry(path)));
        const { quick, slow } = wantedBy(new Globs(globs));
        assert.deepEqual(await search(lines, quick, size), await search(lines, slow, size));
      },
    ),
  );
});

Deno.test("a line that is not wanted must have the form of a line of its volume", async () => {
  const { quick } = wantedBy(new Globs(["/x/y"]));
  const good = encodeIndexLine(1, entry("a"));
  for (
    const bad of [
      '{"volume":2,"path":"a","type":"fifo"}\n',
      '{"volume":1,"path":"a\n',
      "\n",
      '{"gone":"a"}\n',
    ]
  ) {
    for (const size of [7, 1000]) {
      await assert.rejects(search([good, bad, good], quick, size), Damage, bad);
    }
  }
});
