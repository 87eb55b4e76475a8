import assert from "node:assert/strict";
import fc from "fast-check";
import { Damage } from "../../lib/model/failure.ts";
import { MAX_MEMBERS, MAX_VALUES, parseStrictJson } from "../../lib/model/strict_json.ts";
import { processorMs } from "../support/processor.ts";

function parse(text: string, indent = 0, maxDepth = 20): unknown {
  return parseStrictJson(text, { label: "The text", maxDepth, indent });
}

const OTHER_FORMS: Record<string, string> = {
  "a key twice": '{"a":1,"a":2}',
  "a key twice, of which one is escaped": '{"a":1,"\\u0061":1}',
  "a key twice in an inner object": '{"a":{"b":1,"b":1}}',
  "-0": '{"a":-0}',
  "an exponent": '{"a":1e3}',
  "an exponent of zero": '{"a":0e5}',
  "a fraction of zero": '{"a":1.0}',
  "a leading zero": '{"a":01}',
  "a plus sign": '{"a":+1}',
  "more digits than a number holds": '{"a":9007199254740993}',
  "a number beyond all": '{"a":1e999}',
  "white space": '{"a" :1}',
  "white space before it": ' {"a":1}',
  "a newline behind it": '{"a":1}\n',
  "a byte order mark": '\ufeff{"a":1}',
  "a trailing comma": '{"a":1,}',
  "a comment": '{"a":1/**/}',
  "an escape without need": '{"a":"\\u0062"}',
  "an escaped slash": '{"a":"\\/"}',
  "an escape in upper case": '{"a":"\\u001B"}',
  "half a surrogate pair": '{"a":"\\ud800"}',
  "the other half": '{"a":"\\udc00x"}',
  "half a surrogate pair in a key": '{"\\ud800":1}',
  "an escaped surrogate pair": '{"a":"\\ud83d\\ude00"}',
  "keys that an engine puts into another order": '{"b":1,"1":2}',
  "two values": '{"a":1}{"a":1}',
  "no value": "",
  "a text that breaks off": '{"a":"',
};

for (const [form, text] of Object.entries(OTHER_FORMS)) {
  Deno.test(`strict JSON with ${form} is damage`, () => {
    assert.throws(() => parse(text), Damage);
  });
}

Deno.test("strict JSON that is indented otherwise is damage", () => {
  const value = { a: [1, { b: "c" }], d: {}, e: [] };
  assert.deepEqual(parse(JSON.stringify(value, null, 1), 1), value);
  assert.throws(() => parse(JSON.stringify(value), 1), Damage);
  assert.throws(() => parse(JSON.stringify(value, null, 2), 1), Damage);
  assert.throws(() => parse(JSON.stringify(value, null, 1)), Damage);
});

Deno.test("strict JSON reads back every value that JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.deepEqual(parse(text, indent), JSON.parse(text));
    }),
    { numRuns: 300 },
  );
});

Deno.test("strict JSON takes a text that only looks like half a surrogate pair", () => {
  for (const value of ["\\ud800", "\\\\ud800", "\u{1f600}", "\ud7ff\ue000"]) {
    assert.equal(parse(JSON.stringify(value)), value);
  }
});

Deno.test("strict JSON is bounded in depth before it is parsed", () => {
  const nested = (depth: number, open = "[", close = "]"): string => open.repeat(depth) + close.repeat(depth);
  assert.ok(Array.isArray(parse(nested(20))));
  assert.throws(() => parse(nested(21)), /nested too deeply/);
  assert.throws(() => parse('{"a":'.repeat(21) + "1" + "}".repeat(21)), /nested too deeply/);
  assert.equal(parse(JSON.stringify(nested(100) + '"\\"' + nested(100))), nested(100) + '"\\"' + nested(100));
  const started = processorMs();
  assert.throws(() => parse("[".repeat(20_000_000)), /nested too deeply/);
  assert.ok(processorMs() - started < 2000);
});

Deno.test("strict JSON is bounded in the number of its values, and of the members of an object", () => {
  const list = (count: number): string => `[${Array(count).fill("[]").join(",")}]`;
  assert.equal((parse(list(100_000)) as unknown[]).length, 100_000);
  assert.throws(() => parse(list(MAX_VALUES)), /has more than 1250000 values/);
  const object = (count: number): string =>
    JSON.stringify({ a: Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, [":,{["]])) });
  assert.ok(parse(object(MAX_MEMBERS)));
  assert.throws(() => parse(object(MAX_MEMBERS + 1)), /an object with more than 1000 members/);
});

Deno.test("strict JSON of any size is compared with the only form of its value", () => {
  const deep = {
    list: Array.from({ length: 1500 }, (_, at) => ({ at, inner: [at, [{ x: "y" }]] })),
    end: {},
  };
  const wide = {
    few: Array.from({ length: 3 }, () => Array.from({ length: 2000 }, (_, at) => [at])),
    empty: [],
  };
  for (const value of [deep, wide, [deep, wide]]) {
    for (const indent of [0, 1]) {
      const text = JSON.stringify(value, null, indent);
      assert.deepEqual(parse(text, indent), value);
      for (const [from, to] of [["1234", "1234.0"], ["1999", "1999 "], ["[]", "[ ]"], ["}", " }"]] as const) {
        if (text.includes(from)) assert.throws(() => parse(text.replace(from, to), indent), Damage);
      }
      assert.throws(() => parse(text + "\n", indent), Damage);
    }
  }
});
