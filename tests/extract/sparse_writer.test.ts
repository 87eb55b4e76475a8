/** Files with holes: the content is the same, and long runs of zeros take no room. */
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import fc from "fast-check";
import { SparseWriter } from "../../lib/extract/sparse_writer.ts";
import { withDirectory } from "../support/directory.ts";

const KIB = 1024;

/** Writes content in pieces of a size, and returns the blocks of 512 bytes that the file takes. */
function written(path: string, content: Uint8Array, piece: number): number {
  const file = openSync(path, "wx");
  const writer = new SparseWriter(file);
  for (let at = 0; at < content.length; at += piece) writer.write(content.subarray(at, at + piece));
  writer.close();
  closeSync(file);
  assert.deepEqual(Deno.readFileSync(path), content);
  return Deno.statSync(path).blocks!;
}

/** Runs of data and zeros, each of so many bytes. */
function contentOf(runs: readonly (readonly [kind: "data" | "zeros", bytes: number])[]): Uint8Array {
  const content = new Uint8Array(runs.reduce((sum, [, bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [kind, bytes] of runs) {
    if (kind === "data") content.fill(7, at, at + bytes);
    at += bytes;
  }
  return content;
}

const TABLE = [
  ["nothing", [], 0],
  ["zeros alone", [["zeros", 1024 * KIB]], 0],
  ["zeros at the beginning", [["zeros", 256 * KIB], ["data", 4 * KIB]], 4],
  ["zeros in the middle", [["data", 4 * KIB], ["zeros", 256 * KIB], ["data", 4 * KIB]], 8],
  ["zeros at the end", [["data", 4 * KIB], ["zeros", 256 * KIB]], 4],
  ["zeros of 64 KiB", [["data", 4 * KIB], ["zeros", 64 * KIB], ["data", 4 * KIB]], 8],
  ["fewer zeros", [["data", 4 * KIB], ["zeros", 64 * KIB - 1], ["data", 4 * KIB + 1]], 72],
  ["zeros that begin within a block", [["data", 100], ["zeros", 128 * KIB], ["data", 3996]], 8],
] as const;

for (const [what, runs, kib] of TABLE) {
  for (const piece of [1000, 4 * KIB, 64 * KIB + 1, 1024 * KIB]) {
    Deno.test(`${what}, written in pieces of ${piece} bytes: ${kib} KiB on the disk`, () =>
      withDirectory((root) => {
        assert.equal(written(`${root}/f`, contentOf(runs), piece), kib * 2);
      }));
  }
}

Deno.test("the content is unchanged for any runs of zeros in any pieces", () =>
  withDirectory((root) => {
    let count = 0;
    const run = fc.tuple(fc.constantFrom("data" as const, "zeros" as const), fc.nat(80 * KIB));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), fc.integer({ min: 500, max: 100_000 }), (runs, piece) => {
        written(`${root}/${count++}`, contentOf(runs), piece);
      }),
      { numRuns: 50 },
    );
  }));
