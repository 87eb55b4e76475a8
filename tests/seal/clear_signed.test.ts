import assert from "node:assert/strict";
import fc from "fast-check";
import { Damage } from "../../lib/model/failure.ts";
import { formatClearSigned, isSignable, parseClearSigned } from "../../lib/seal/clear_signed.ts";
import { noise } from "./bytes.ts";

const line = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "-",
    "- ",
    "- -x",
    "-----BEGIN PGP SIGNATURE-----",
    "\u2028-",
    "=abc",
    "-----END PGP SIGNATURE-----",
    "",
  ),
);
const text = fc.array(line).map((lines) => lines.join("\n")).filter(isSignable);

Deno.test("every text that can be signed is verified unchanged", () => {
  fc.assert(
    fc.property(text, fc.nat(200), fc.constantFrom("SHA256", "SHA512"), (text, length, hash) => {
      const signature = noise(length + 1);
      const parsed = parseClearSigned(formatClearSigned({ text, hash, signature }));
      assert.deepEqual(parsed, { text, hash, signature });
    }),
    { numRuns: 500 },
  );
});

Deno.test("texts that a clear signature does not cover to the letter cannot be signed", () => {
  for (const bad of ["a \n", "a\t", " ", "a\r\n", "\r", "a\0b", "\ud800"]) {
    assert.equal(isSignable(bad), false);
  }
  for (const good of ["", "\n", "a", "a\n\n", " a", "\ta b\n", "\u2028", "é\u{1f600}"]) {
    assert.equal(isSignable(good), true);
  }
});

Deno.test("a text can be signed exactly if no line ends in a space and no character is one that signatures change", () => {
  const piece = fc.constantFrom("a", "\n", " ", "\t", "-", "\r", "\0", "\ud800", "\udc00");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join("");
      assert.equal(isSignable(text), text.isWellFormed() && !/[\r\0]|[ \t](\n|$)/.test(text));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a clear-signed text has only one form", () => {
  const good = formatClearSigned({ text: "one\n-two\nthree\n", hash: "SHA512", signature: noise(100) });
  const bad: [string, string][] = [
    ["something before it", "x\n" + good],
    ["an empty line before it", "\n" + good],
    ["something behind it", good + "x"],
    ["an empty line behind it", good + "\n"],
    ["another one behind it", good + good],
    ["no line end", good.slice(0, -1)],
    ["other line ends", good.replaceAll("\n", "\r\n")],
    ["a blank at the end of a line", good.replace("one\n", "one \n")],
    ["a dash that is not escaped", good.replace("\n- -two", "\n-two")],
    ["a line that is escaped without need", good.replace("\none", "\n- one")],
    ["another header", good.replace("\n\n", "\nVersion: 1\n\n")],
    ["no hash", good.replace("Hash: SHA512\n", "")],
    ["two hashes", good.replace("\n\n", "\nHash: SHA256\n\n")],
    ["a header on the signature", good.replace("SIGNATURE-----\n\n", "SIGNATURE-----\nComment: x\n\n")],
    ["no checksum", good.replace(/\n=.{4}\n/, "\n")],
    ["another checksum", good.replace(/\n=.{4}\n/, "\n=AAAA\n")],
    ["base64 in longer lines", good.replace(/(SIGNATURE-----\n\n.{64})\n/, "$1")],
    ["no text at all", good.slice(good.indexOf("-----BEGIN PGP SIGNATURE"))],
    ["nothing", ""],
  ];
  for (const [name, signed] of bad) {
    assert.notEqual(signed, good, name);
    assert.throws(() => parseClearSigned(signed), Damage, name);
  }
  assert.equal(parseClearSigned(good).text, "one\n-two\nthree\n");
});
