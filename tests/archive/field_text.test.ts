import assert from "node:assert/strict";
import { RepeatedText } from "../../lib/archive/field_text.ts";
import { Damage } from "../../lib/model/failure.ts";

const USER = { at: 265, length: 32 };

function blockWith(user: Uint8Array): Uint8Array {
  const block = new Uint8Array(512);
  block.set(user, USER.at);
  block[USER.at + USER.length] = "g".charCodeAt(0); // the next field begins at once
  return block;
}

Deno.test("a field has its own text, whatever it was in the header before", () => {
  const field = new RepeatedText(USER);
  const encoder = new TextEncoder();
  const long = "x".repeat(USER.length);
  for (const user of ["root", "root", "roots", "roo", "", "root", "é", "é", "e", long, long, "root"]) {
    assert.equal(field.in(blockWith(encoder.encode(user))), user);
  }
});

Deno.test("bytes that are not UTF-8 are damage, even if the text before has characters of their numbers", () => {
  const field = new RepeatedText(USER);
  assert.equal(field.in(blockWith(Uint8Array.of(0xc3, 0xa9))), "\u00e9");
  assert.throws(() => field.in(blockWith(Uint8Array.of(0xe9))), Damage);
});
