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

Deno.test("a member is found by its path despite similar strings and comments", async () => {
  assert.deepEqual(await readMember(TEXT, ["permissions", "host"]), { read: true });
  assert.deepEqual(await readMember(TEXT, ["permissions", "other", "net"]), ["a:1", "}"]);
  assert.equal(await readMember(TEXT, ["tasks", "a"]), 'echo "permissions" // no comment');
  for (const path of [["permission"], ["permissions", "none"], ["name", "x"], ["tasks", "a", "b"]]) {
    assert.equal(await readMember(TEXT, path), undefined, path.join("."));
  }
});

Deno.test("a member is replaced, and every other character is kept", async () => {
  const changed = await writeMember(TEXT, ["permissions", "host"], { read: ["/etc"] });
  assert.equal(
    changed,
    TEXT.replace('{ "read": true }', '{\n      "read": [\n        "/etc"\n      ]\n    }'),
  );
  assert.equal(
    await writeMember(changed, ["permissions", "host"], { read: ["/etc"] }),
    changed,
    "again is no change",
  );
});

Deno.test("a missing member is added together with its parent objects", async () => {
  assert.equal(
    await writeMember('{\n  "a": 1 // one\n}\n', ["b", "c"], true),
    '{\n  "a": 1,\n  "b": {\n    "c": true\n  } // one\n}\n',
  );
  assert.equal(await writeMember("{}\n", ["a"], [1]), '{\n  "a": [\n    1\n  ]\n}\n');
  assert.equal(await writeMember('{ "a": {} }', ["a", "b"], 1), '{ "a": {\n    "b": 1\n  } }');
  assert.equal(await writeMember('{\n  "a": 1,\n}', ["b"], 2), '{\n  "a": 1,\n  "b": 2,\n}');
});

Deno.test("a text keeps its tabs, line ends, comments and trailing commas", async () => {
  const lines = [
    "// mine",
    "{",
    '\t"a": 1, // one',
    '\t/* two */ "b": {',
    '\t\t"c": [ 1,2 ],',
    "\t},",
    "}",
    "",
  ];
  const text = lines.join("\r\n");
  const added = await writeMember(text, ["b", "d"], ["x"]);
  assert.equal(added, text.replace("2 ],", '2 ],\r\n\t\t"d": [\r\n\t\t\t"x"\r\n\t\t],'));
  const wide = '{\n    "a": {\n        "b": 1\n    }\n}\n';
  assert.equal(await writeMember(wide, ["a", "c"], 2), wide.replace("1\n", '1,\n        "c": 2\n'));
});

Deno.test("text that is not JSON is refused and not changed", async () => {
  for (const text of ["", "[]", "{", '{"a" 1}', '{"a": 1 "b": 2}', '{"a": }', '{"a": [1}', "{} {}", "null"]) {
    await assert.rejects(writeMember(text, ["x"], 1), Failure, text);
    await assert.rejects(readMember(text, ["x"]), Failure, text);
  }
  await assert.rejects(readMember('{\n  "a": 1,\n  "b" 2\n}', ["a"]), /Colon expected at line 3, column 7/);
  for (const path of [["a", "b"], ["a", "b", "c"]]) {
    await assert.rejects(writeMember('{ "a": [1] }', path, 1), /"a" is not an object/);
  }
});

Deno.test("a value written to any JSON is read back, and the rest is unchanged", async () => {
  const key = fc.string({ minLength: 1, maxLength: 8 });
  const arbitrary = fc.tuple(fc.dictionary(key, fc.jsonValue()), key, key, fc.jsonValue(), fc.boolean());
  await fc.assert(fc.asyncProperty(arbitrary, async ([object, outer, inner, value, pretty]) => {
    fc.pre(outer !== "__proto__" && inner !== "__proto__");
    const own = object[outer];
    const around = typeof own === "object" && own !== null && !Array.isArray(own) ? own : {};
    const start = { ...object, [outer]: around };
    const text = await writeMember(JSON.stringify(start, null, pretty ? 2 : 0), [outer, inner], value);
    const expected = { ...start, [outer]: { ...around, [inner]: value } };
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(expected)));
    assert.deepEqual(await readMember(text, [outer, inner]), JSON.parse(JSON.stringify(value)));
  }));
});
