import assert from "node:assert/strict";
import { entryCells } from "../../lib/cli/entry_cells.ts";
import { formatSecond } from "../../lib/cli/format.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { NO_ENTRY } from "../../lib/model/pack.ts";

const entry = (changes: Partial<Entry>): Entry => ({ ...NO_ENTRY, ...changes });

const TIMES = [
  0,
  1,
  999,
  1000,
  59_999,
  60_000,
  -1,
  -1000,
  -59_999,
  -60_001,
  8.64e15,
  -8.64e15,
  8.64e15 + 1,
  -9e15,
];

Deno.test("each time is printed as it is, whichever was printed before", () => {
  const random = Array.from({ length: 5000 }, () => Math.floor((Math.random() - 0.5) * 1e13));
  for (const mtime of [...TIMES, ...random, ...TIMES]) {
    assert.equal(entryCells(entry({ mtime })).time, formatSecond(new Date(mtime)), String(mtime));
  }
});

Deno.test("each owner is printed as it is, with its number if it has no name, and escaped", () => {
  const owners = [["a", "b", "a/b"], ["a", "c", "a/c"], ["", "c", "7/c"], ["", "", "7/8"], [
    "\u001b",
    "b",
    "\\x1b/b",
  ]] as const;
  for (const [user, group, text] of [...owners, ...owners.toReversed()]) {
    assert.equal(entryCells(entry({ user, group, uid: 7, gid: 8 })).owner, text);
  }
});
