import assert from "node:assert/strict";
import fc from "fast-check";
import { printable } from "../../lib/model/printable.ts";

Deno.test("characters that could control a terminal or disguise a name are escaped", () => {
  const rows: [text: string, shown: string][] = [
    ["/etc/hosts", "/etc/hosts"],
    ["Grüße ☃ 日本", "Grüße ☃ 日本"],
    ["a\x1b[2J", "a\\x1b[2J"],
    ["a\rb\nc\td", "a\\x0db\\nc\\td"],
    ["\x9b31m", "\\x9b31m"],
    ["back\\slash", "back\\\\slash"],
    ["abc\u202egpj.exe", "abc\\u{202e}gpj.exe"],
    ["zero\u200bwidth", "zero\\u{200b}width"],
    ["lone\ud800", "lone\\u{d800}"],
    ["tag\u{e0041}", "tag\\u{e0041}"],
  ];
  for (const [text, shown] of rows) assert.equal(printable(text), shown);
});

Deno.test("escaped text contains no control characters, and different names stay different", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(fc.property(text, text, (one, other) => {
    assert.doesNotMatch(printable(one), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.equal(printable(one) === printable(other), one === other);
  }));
});
