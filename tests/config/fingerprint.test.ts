import assert from "node:assert/strict";
import { fingerprintFault, plainFingerprint } from "../../lib/config/fingerprint.ts";
import { foreignTest, must } from "../support/foreign.ts";

const V4 = "0123456789abcdef0123456789abcdef01234567";

for (
  const written of [
    V4,
    V4.toUpperCase(),
    "0x" + V4,
    "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567",
    V4.replace(/(..)(?=.)/g, "$1:"),
  ]
) {
  Deno.test(`the fingerprint ${written} is accepted`, () => {
    assert.equal(plainFingerprint(written), V4);
    assert.equal(fingerprintFault(plainFingerprint(written)), undefined);
  });
}

Deno.test("a fingerprint of a version 6 key is accepted", () => {
  assert.equal(fingerprintFault("ab".repeat(32)), undefined);
});

for (
  const [written, fault] of [
    ["", /must be hexadecimal/],
    ["hello", /must be hexadecimal/],
    [V4.replace("a", "o"), /must be hexadecimal/],
    ["DEADBEEF", /short key ID/],
    ["0x0123456789ABCDEF", /short key ID/],
    ["a".repeat(32), /has 32/],
    ["a".repeat(39), /has 39/],
    ["a".repeat(41), /has 41/],
    ["a".repeat(63), /has 63/],
  ] as const
) {
  Deno.test(`the fingerprint "${written}" is refused`, () => {
    assert.match(fingerprintFault(plainFingerprint(written)) ?? "no fault", fault);
  });
}

foreignTest(["gpg"], "a fingerprint is accepted in the form that gpg prints", async () => {
  const home = await Deno.makeTempDir({ prefix: "nd-gpg-" });
  const gpg = ["--homedir", home, "--batch", "--passphrase", ""];
  try {
    await must("gpg", [...gpg, "--quick-generate-key", "test", "ed25519", "sign", "never"]);
    const columns = await must("gpg", [...gpg, "--with-colons", "--list-keys"]);
    const shown = await must("gpg", [...gpg, "--fingerprint"]);
    const exact = /^fpr:+([0-9A-F]{40}):/m.exec(columns.text)?.[1]?.toLowerCase();
    const printed = /[0-9A-F]{4}(?: +[0-9A-F]{4}){9}/.exec(shown.text)?.[0] ?? "";
    assert.ok(printed.includes("  "), "gpg prints groups, with a gap in the middle");
    assert.equal(plainFingerprint(printed), exact);
  } finally {
    await must("gpgconf", ["--homedir", home, "--kill", "all"]);
    await Deno.remove(home, { recursive: true });
  }
});
