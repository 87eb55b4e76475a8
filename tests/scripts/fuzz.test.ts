import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import { fuzz, outcomeOf } from "../../scripts/fuzz/run.ts";
import { bytesOf, demand, type Target, textOf } from "../../scripts/fuzz/target.ts";
import { TARGETS } from "../../scripts/fuzz/targets.ts";

const SEED = 20261128;
const VECTORS = new URL("vectors/fuzz/", import.meta.url);

for (const target of TARGETS) {
  Deno.test(`the decoder of ${target.name} survives a second of fuzzing`, async () => {
    const { executions, refusals, findings } = await fuzz(target, SEED, 1);
    assert.deepEqual(findings, []);
    assert.ok(executions > 20 && refusals > 1, `${executions} executions, ${refusals} kinds of outcome`);
  });
}

Deno.test("the corpus of difficult inputs is accepted or refused as recorded", async () => {
  const names = Deno.readDirSync(VECTORS).toArray().map(({ name }) => name);
  assert.ok(names.length > 0);
  for (const name of names) {
    const target = TARGETS.find((it) => name.startsWith(`${it.name}-`));
    assert.ok(target, `a target for ${name}`);
    const { kind, what } = await outcomeOf(target, Deno.readFileSync(new URL(name, VECTORS)));
    assert.notEqual(kind, "broken", `${name}: ${what}`);
  }
});

/** A decoder of numbers with one fault. */
function faulty(fault: (text: string) => void): Target {
  return {
    name: "faulty",
    samples: () => [bytesOf("1234")],
    words: ["7777"],
    run(input): void {
      const text = textOf(input);
      if (!/^\d{1,8}$/.test(text)) throw new Damage("no number");
      fault(text);
    },
    refuses: (error) => error instanceof Damage,
  };
}

const FAULTS: Record<string, [fault: (text: string) => void, found: RegExp]> = {
  "an error that is no refusal": [(text) => text.includes("7777") && JSON.parse("{"), /SyntaxError/],
  "a value that is written back otherwise": [
    (text) => demand(String(Number(text)) === text, `it is written back as ${Number(text)}`),
    /written back/,
  ],
  "an input that takes too long": [(text) => {
    if (text.startsWith("9")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2100);
  }, /ms/],
};

for (const [what, [fault, found]] of Object.entries(FAULTS)) {
  Deno.test(`fuzzing finds ${what}`, async () => {
    const { findings } = await fuzz(faulty(fault), SEED, 1);
    assert.equal(findings.length, 1);
    assert.match(findings[0]!.what, found);
    assert.equal(
      (await outcomeOf(faulty(fault), findings[0]!.input)).kind,
      "broken",
      "the input shows it again",
    );
  });
}

Deno.test("the same seed generates the same inputs", async () => {
  const inputs = async (): Promise<string[]> => {
    const seen: string[] = [];
    await fuzz({ ...faulty(() => {}), run: (input) => (seen.push(textOf(input)), undefined) }, 5, 0.05);
    return seen.slice(0, 50);
  };
  assert.deepEqual(await inputs(), await inputs());
});
