import assert from "node:assert/strict";
import { NOTHING } from "../../lib/sandbox/grants.ts";
import { permissionSet, readSet, writeSet } from "../../lib/sandbox/permission_set.ts";

const GRANTS = { ...NOTHING, read: ["/etc"], env: ["A"], hidden: ["AWS_*"], net: true } as const;

Deno.test("a set says what is granted and nothing of the rest", () => {
  assert.deepEqual(permissionSet(GRANTS), {
    read: ["/etc"],
    net: true,
    env: { allow: ["A"], ignore: ["AWS_*"] },
  });
  assert.deepEqual(permissionSet(NOTHING), {});
});

Deno.test("a set that was written is read as it was meant", () => {
  const text = writeSet('{ "tasks": {} }', "host", GRANTS);
  assert.deepEqual(readSet(text, "host"), GRANTS);
  assert.equal(readSet(text, "other"), undefined);
});

Deno.test("a set that says more than we do is not taken for one of ours", () => {
  for (
    const set of [
      '{ "ffi": true }',
      '{ "read": { "allow": ["/"], "deny": ["/etc"] } }',
      '{ "read": "yes" }',
      "true",
    ]
  ) {
    assert.equal(readSet(`{ "permissions": { "host": ${set} } }`, "host"), undefined, set);
  }
});
