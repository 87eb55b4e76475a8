import assert from "node:assert/strict";
import fc from "fast-check";
import { attributeRecordsLength } from "../../lib/archive/attribute_records.ts";
import {
  attributeBytes,
  isXattrName,
  isXattrValue,
  sameAttributes,
  xattrKeyword,
  xattrNameOf,
} from "../../lib/model/attributes.ts";
import { ATTRIBUTES } from "./entries.ts";

Deno.test("attributes are stored of the namespaces user, trusted and security alone", () => {
  for (
    const name of ["user.a", "trusted.overlay.opaque", "security.capability", "user..", "user.\n", "user.ä=%"]
  ) {
    assert.ok(isXattrName(name), name);
  }
  for (
    const name of [
      "user",
      "user.",
      "system.posix_acl_access",
      "btrfs.compression",
      "a",
      "",
      "USER.a",
      "xuser.a",
    ]
  ) {
    assert.ok(!isXattrName(name), name);
  }
});

Deno.test("the canonical base64 of any bytes is a value, and nothing else is", () =>
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.string({ maxLength: 8 }), (bytes, text) => {
    assert.ok(isXattrValue(bytes.toBase64()));
    const isCanonical = ((): boolean => {
      try {
        return Uint8Array.fromBase64(text).toBase64() === text;
      } catch {
        return false;
      }
    })();
    assert.equal(isXattrValue(text), isCanonical);
  })));

Deno.test("a name is the same after it was made part of a key and a name again", () =>
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom("%", "=", "2", "5", "3", "D", "a") }), (name) => {
    assert.ok(!xattrKeyword(name).includes("="));
    assert.equal(xattrNameOf(xattrKeyword(name)), name);
  })));

Deno.test("attributes never take more in an archive than is counted", () =>
  fc.assert(fc.property(ATTRIBUTES, (attributes) => {
    assert.ok(attributeRecordsLength(attributes) <= attributeBytes(attributes));
    assert.ok(sameAttributes(attributes, structuredClone(attributes)));
  })));
