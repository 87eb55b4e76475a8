import assert from "node:assert/strict";
import fc from "fast-check";
import { TextBytes, TextReader } from "../../lib/buffers/text_bytes.ts";

const TEXT = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\0", "\n"), maxLength: 40 });

Deno.test("texts that are added one by one are what UTF-8 makes of all of them", () =>
  fc.assert(fc.property(fc.array(TEXT), (texts) => {
    const bytes = new TextBytes();
    for (const text of texts) bytes.add(text);
    assert.deepEqual(bytes.take(), new TextEncoder().encode(texts.join("")));
  })));

for (const units of [1, 21_845, 21_846, 65_535, 65_536, 65_537, 300_000]) {
  Deno.test(`there is room for a text of ${units} units, and for another`, () => {
    const text = "€".repeat(units);
    const bytes = new TextBytes();
    bytes.add(text);
    bytes.add("end");
    const taken = bytes.take();
    assert.equal(new TextDecoder().decode(taken), `${text}end`);
    assert.equal(taken.buffer.byteLength, taken.length, "in a buffer of its own size");
  });
}

Deno.test("an empty text has no bytes", () => {
  assert.equal(new TextBytes().take().length, 0);
});

Deno.test("texts are read again one by one, by their lengths", () =>
  fc.assert(fc.property(fc.array(TEXT), (texts) => {
    const bytes = new TextBytes();
    for (const text of texts) bytes.add(text);
    const reader = new TextReader(bytes.take());
    assert.deepEqual(texts.map(({ length }) => reader.take(length)), texts);
  })));

for (const units of [1, 2730, 2731, 2732, 8191, 8192, 8193, 100_000]) {
  Deno.test(`a text of ${units} units and its neighbours are read completely`, () => {
    const texts = ["a", "€".repeat(units), "", "😀", "x".repeat(units)];
    const bytes = new TextBytes();
    for (const text of texts) bytes.add(text);
    const reader = new TextReader(bytes.take());
    assert.deepEqual(texts.map(({ length }) => reader.take(length)), texts);
  });
}

Deno.test("a likely text is returned only where the text is the same", () => {
  const texts = new TextBytes();
  texts.add("rootrooterroo");
  const reader = new TextReader(texts.take());
  assert.equal(reader.take(4, "root"), "root");
  assert.equal(reader.take(6, "root"), "rooter");
  assert.equal(reader.take(3, "rot"), "roo");
  assert.equal(reader.take(0, ""), "");
});
