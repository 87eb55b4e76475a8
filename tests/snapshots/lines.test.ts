import assert from "node:assert/strict";
import fc from "fast-check";
import { Damage } from "../../lib/model/failure.ts";
import { Lines } from "../../lib/snapshots/lines.ts";
import { pieces } from "../seal/bytes.ts";

const LONGEST = 20_000;

/** What is read of `bytes` that come in chunks of `size`; where `eager` is false, each line is waited for. */
async function read(bytes: Uint8Array, { size = 7, eager = true } = {}): Promise<string[]> {
  await using lines = new Lines(pieces(bytes, size), LONGEST);
  const all: string[] = [];
  for (;;) {
    const line = (eager ? lines.next() : undefined) ?? await lines.read();
    if (line === undefined) return all;
    all.push(line);
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("lines come one after the other, however their bytes come", async () => {
  const LINE = fc.string({ unit: fc.constantFrom("a", " ", "\r", "é", "€", "😀", "\ufeff", "\u2028") });
  await fc.assert(
    fc.asyncProperty(
      fc.array(LINE),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      async (lines, size, eager) => {
        const bytes = utf8(lines.map((line) => `${line}\n`).join(""));
        assert.deepEqual(await read(bytes, { size, eager }), lines);
      },
    ),
  );
});

Deno.test("a line may be as long as is allowed, whatever is read at a time", async () => {
  for (const length of [8191, 8192, 8193, LONGEST]) {
    const lines = ["a".repeat(length), "€".repeat(length), ""];
    assert.deepEqual(await read(utf8(lines.join("\n") + "\n"), { size: 100_000 }), lines);
  }
});

const damages: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["a line without an end", utf8("a\nb"), /breaks off within a line/],
  ["half of a character at the end", utf8("a\né").subarray(0, -1), /is not UTF-8/],
  ["what is no UTF-8", Uint8Array.of(0x61, 0xff, 0x0a), /is not UTF-8/],
  ["a line that does not end", utf8("a".repeat(LONGEST + 30_000)), /is too long/],
];
for (const [what, bytes, message] of damages) {
  Deno.test(`${what} is damage`, async () => {
    await assert.rejects(
      read(bytes, { size: 1000 }),
      (error) => error instanceof Damage && message.test(error.message),
    );
  });
}

Deno.test("a reader that stops early closes the source", async () => {
  let left = false;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield await Promise.resolve(utf8("a\n"));
    } finally {
      left = true;
    }
  };
  {
    await using lines = new Lines(source(), LONGEST);
    assert.equal(await lines.read(), "a");
  }
  assert.ok(left);
});
