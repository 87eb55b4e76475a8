import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure } from "../../lib/model/failure.ts";
import { readMember, writeMember } from "../../lib/sandbox/json_text.ts";

const TEXT = `// made by hand
{
  "name": "x", /* { "permissions": 1 } */
  "permissions": {
    "host": { "read": true }, // broad
    "other": {
      "net": [ "a:1",
        "}" ]
    }
  },
  "tasks": {"a": "echo \\"permissions\\" // no comment"}
}
`;

Deno.test("a member is found by its path, whatever stands in strings and comments", () => {
  assert.deepEqual(readMember(TEXT, ["permissions", "host"]), { read: true });
  assert.deepEqual(readMember(TEXT, ["permissions", "other", "net"]), ["a:1", "}"]);
  assert.equal(readMember(TEXT, ["tasks", "a"]), 'echo "permissions" // no comment');
  for (const path of [["permission"], ["permissions", "none"], ["name", "x"], ["tasks", "a", "b"]]) {
    assert.equal(readMember(TEXT, path), undefined, path.join("."));
  }
});

Deno.test("a member is replaced, and every other character stays", () => {
  const changed = writeMember(TEXT, ["permissions", "host"], { read: ["/etc"] });
  assert.equal(
    changed,
    TEXT.replace('{ "read": true }', '{\n      "read": [\n        "/etc"\n      ]\n    }'),
  );
  assert.equal(
    writeMember(changed, ["permissions", "host"], { read: ["/etc"] }),
    changed,
    "again is no change",
  );
});

Deno.test("a member that is missing is added, with the objects around it", () => {
  assert.equal(
    writeMember('{\n  "a": 1 // one\n}\n', ["b", "c"], true),
    '{\n  "a": 1,\n  "b": {\n    "c": true\n  } // one\n}\n',
  );
  assert.equal(writeMember("{}\n", ["a"], [1]), '{\n  "a": [\n    1\n  ]\n}\n');
  assert.equal(writeMember('{ "a": {} }', ["a", "b"], 1), '{ "a": {\n  "b": 1\n} }');
  assert.equal(writeMember('{\n  "a": 1,\n}', ["b"], 2), '{\n  "a": 1,\n  "b": 2,\n}');
});

Deno.test("what is no JSON is told, and not cut up", () => {
  for (const text of ["", "[]", "{", '{"a" 1}', '{"a": 1 "b": 2}', '{"a": }', '{"a": [1}']) {
    assert.throws(() => writeMember(text, ["x"], 1), Failure, text);
  }
});

Deno.test("whatever is written into whatever JSON is read from it again, and the rest is as before", () => {
  const key = fc.string({ minLength: 1, maxLength: 8 });
  const arbitrary = fc.tuple(fc.dictionary(key, fc.jsonValue()), key, key, fc.jsonValue(), fc.boolean());
  fc.assert(fc.property(arbitrary, ([object, outer, inner, value, pretty]) => {
    fc.pre(outer !== "__proto__" && inner !== "__proto__");
    const own = object[outer];
    const around = typeof own === "object" && own !== null && !Array.isArray(own) ? own : {};
    const start = { ...object, [outer]: around };
    const text = writeMember(JSON.stringify(start, null, pretty ? 2 : 0), [outer, inner], value);
    const expected = { ...start, [outer]: { ...around, [inner]: value } };
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(expected)));
    assert.deepEqual(readMember(text, [outer, inner]), JSON.parse(JSON.stringify(value)));
  }));
});
