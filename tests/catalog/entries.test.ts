import assert from "node:assert/strict";
import { CatalogTrouble, type Database } from "../../lib/catalog/database.ts";
import { Entries } from "../../lib/catalog/entries.ts";

/** Entries of a damaged file, whose index gives these rows for every page. */
function entriesThatGive(rows: (string | number)[][]): Entries {
  const database = { prepare: () => ({ all: () => rows, run: () => {} }) };
  return new Entries(database as unknown as Database, "0".repeat(16));
}

const DAMAGED: [what: string, rows: (string | number)[][]][] = [
  ["the same page for ever", [["a", 1]]],
  ["keys that go back", [["b", 1], ["a", 1]]],
  ["one key twice", [["a", 1], ["a", 1]]],
  ["keys that are no text", [[7, 1]]],
  ["volumes that are no numbers", [["a", "1"]]],
  ["an empty key", [["", 1]]],
];

for (const [what, rows] of DAMAGED) {
  Deno.test(`an index of removed paths that yields ${what} is reported as damaged, and its reading ends`, () => {
    assert.throws(() => [...entriesThatGive(rows).gone("0".repeat(16))], CatalogTrouble);
  });
}
