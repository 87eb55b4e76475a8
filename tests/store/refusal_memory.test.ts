/** What is remembered of refused receipts: nothing that would hide a good one for long. */
import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { DAY_MS } from "../../lib/model/day.ts";
import { sha256 } from "../../lib/model/digest.ts";
import { RefusalMemory } from "../../lib/store/cache/refusal_memory.ts";
import { withDirectory } from "../support/directory.ts";

const ABOUT = "store and host";

const KEYS = Array.from({ length: 200 }, (_, at) => `receipt ${at}`);

function fileOf(directory: string, about = ABOUT): string {
  const name = sha256(new TextEncoder().encode(about));
  return `${directory}/refused/${name.slice(0, 2)}/${name}`;
}

/** Number of keys that a run finds, after it has judged what it always judges. */
function found(directory: string, about = ABOUT): number {
  const memory = new RefusalMemory(directory, about);
  let count = 0;
  for (const key of KEYS) {
    if (memory.has(key)) count += 1;
    else memory.add(key);
  }
  return count;
}

function remember(directory: string, keys = KEYS): void {
  const memory = new RefusalMemory(directory, ABOUT);
  for (const key of keys) memory.add(key);
  memory.settle();
}

function rewrite(directory: string, change: (lines: string[]) => void): void {
  const lines = ["nightdrop-refusals/1", sha256(new TextEncoder().encode(ABOUT)), String(Date.now())];
  lines.push(...KEYS.map((key) => sha256(new TextEncoder().encode(key)).slice(0, 32)), "");
  change(lines);
  const text = lines.join("\n");
  const bytes = new TextEncoder().encode(`${sha256(new TextEncoder().encode(text))}\n${text}`);
  Deno.writeFileSync(fileOf(directory), zstdCompressSync(bytes));
}

Deno.test("the first 100 refused receipts are judged in each run, and the others are remembered", () =>
  withDirectory((directory) => {
    remember(directory);
    assert.equal(found(directory), 100);
    assert.equal(Deno.statSync(fileOf(directory)).mode! & 0o777, 0o600);
    assert.equal(found(directory, "another store"), 0);
  }));

Deno.test("a few refused receipts are not remembered", () =>
  withDirectory((directory) => {
    remember(directory, KEYS.slice(0, 99));
    assert.throws(() => Deno.statSync(fileOf(directory)), Deno.errors.NotFound);
  }));

const CHANGES: Readonly<Record<string, (lines: string[]) => void>> = {
  "of another version": (lines) => void (lines[0] = "nightdrop-refusals/0"),
  "of another store": (lines) => void (lines[1] = "0".repeat(64)),
  "more than a week old": (lines) => void (lines[2] = String(Date.now() - 7 * DAY_MS)),
  "of the future": (lines) => void (lines[2] = String(Date.now() + DAY_MS)),
  "without a time": (lines) => void (lines[2] = ""),
  "with a line that is no digest": (lines) => void (lines[3] = "x"),
};

for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test(`a memory ${what} is not used`, () =>
    withDirectory((directory) => {
      remember(directory);
      rewrite(directory, () => {});
      assert.equal(found(directory), 100);
      rewrite(directory, change);
      assert.equal(found(directory), 0);
    }));
}

Deno.test("a memory that another user can change, that was cut or that is missing is not used", () =>
  withDirectory((directory) => {
    remember(directory);
    Deno.chmodSync(fileOf(directory), 0o666);
    assert.equal(found(directory), 0);
    Deno.chmodSync(fileOf(directory), 0o600);
    Deno.truncateSync(fileOf(directory), 20);
    assert.equal(found(directory), 0);
    Deno.removeSync(fileOf(directory));
    assert.equal(found(directory), 0);
  }));

Deno.test("no more than 200,000 receipts are remembered", () =>
  withDirectory((directory) => {
    remember(directory, Array.from({ length: 200_050 }, (_, at) => `receipt ${at}`));
    const memory = new RefusalMemory(directory, ABOUT);
    for (let at = 0; at < 100; at += 1) memory.add(`other ${at}`);
    assert.ok(memory.has("receipt 199999"));
    assert.ok(!memory.has("receipt 200049"));
  }));
