import assert from "node:assert/strict";
import fc from "fast-check";
import { type Grants, NOTHING } from "../../lib/sandbox/grants.ts";
import { permissionSet, readSet, writeSet } from "../../lib/sandbox/permission_set.ts";

const GRANTS = { ...NOTHING, read: ["/etc"], env: ["A"], hidden: ["AWS_*"], net: true } as const;

Deno.test("a permission set contains only the granted kinds", () => {
  assert.deepEqual(permissionSet(GRANTS), {
    read: ["/etc"],
    net: true,
    env: { allow: ["A"], ignore: ["AWS_*"] },
  });
  assert.deepEqual(permissionSet(NOTHING), {});
});

Deno.test("a written permission set is read back", async () => {
  const text = await writeSet('{ "tasks": {} }', "host", GRANTS);
  assert.deepEqual(await readSet(text, "host"), GRANTS);
  assert.equal(await readSet(text, "other"), undefined);
});

Deno.test("a permission set with unknown keys is not read", async () => {
  for (
    const set of [
      '{ "ffi": true }',
      '{ "read": { "allow": ["/"], "deny": ["/etc"] } }',
      '{ "read": "yes" }',
      "true",
    ]
  ) {
    assert.equal(await readSet(`{ "permissions": { "host": ${set} } }`, "host"), undefined, set);
  }
});

Deno.test("only the grants of a set that differ are written, so that the rest keeps its comments", async () => {
  const kept = { ...NOTHING, read: ["/etc"], write: ["/srv"] };
  const text = `{
  "permissions": {
    // of this host
    "host": {
      "read": ["/etc"], // all of it
      /* below it */ "write": ["/srv"],
      "net": ["a:1"] }
  }
}
`;
  assert.equal(
    await writeSet(text, "host", { ...kept, net: true, run: ["id"] }),
    text.replace('["a:1"] }', 'true,\n      "run": [\n        "id"\n      ]\n    }'),
  );
  const narrower = await writeSet(text, "host", kept);
  assert.match(narrower, /of this host/);
  assert.doesNotMatch(narrower, /net/, "a kind that is no longer granted goes");
  assert.deepEqual(await readSet(narrower, "host"), kept);
});

const grant = fc.oneof(fc.constant(true as const), fc.array(fc.constantFrom("/a", "b:1", 'c"', "// d")));
const grants: fc.Arbitrary<Grants> = fc.record({
  read: grant,
  write: grant,
  net: grant,
  env: grant,
  hidden: fc.array(fc.constantFrom("A", "B*")),
  sys: grant,
  run: grant,
});
const style = fc.constantFrom(0, 2, 3, "\t");

Deno.test("a set is read as it was written over any other, and the others stay", () =>
  fc.assert(fc.asyncProperty(grants, grants, style, fc.boolean(), async (old, now, indent, ffi) => {
    const other = permissionSet(old);
    const host = { ...other, ...(ffi ? { ffi } : {}) };
    const before = { name: "x", permissions: { other, host }, tasks: {} };
    const after = await writeSet(JSON.stringify(before, null, indent), "host", now);
    assert.deepEqual(await readSet(after, "host"), { ...now });
    assert.deepEqual(
      JSON.parse(after, (key, value) => key === "host" ? host : value),
      before,
      "all but the set is as before",
    );
    assert.equal(await writeSet(after, "host", now), after, "again is no change");
  })));
