import assert from "node:assert/strict";
import { commitment, isSha256, sha256 } from "../../lib/model/digest.ts";
import { bash, foreignTest } from "../support/foreign.ts";

Deno.test("SHA-256 is that of FIPS 180-4", () => {
  assert.equal(
    sha256(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assert.equal(sha256(new Uint8Array()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

foreignTest(
  ["sha256sum", "python3"],
  "a commitment is what the format document says, made by other tools",
  async () => {
    const digest = sha256(new TextEncoder().encode("a receipt"));
    const script =
      `{ printf nightdrop-commitment/1; printf 'a receipt' | sha256sum | cut -c1-64 | python3 -c ` +
      `'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read().strip()))'; } | sha256sum`;
    const { text } = await bash(script);
    assert.equal(commitment(digest), text.slice(0, 64));
  },
);

Deno.test("only 64 small hexadecimal digits are a SHA-256", () => {
  assert.ok(isSha256("0".repeat(64)));
  for (
    const bad of ["", "0".repeat(63), "0".repeat(65), "A".repeat(64), "g".repeat(64), "0".repeat(64) + "\n"]
  ) {
    assert.ok(!isSha256(bad));
  }
});
