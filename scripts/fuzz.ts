/**
 * Fuzzes the decoders: each must accept an input and encode it to the same bytes, or refuse it with its own error, in
 * limited time and memory. Findings are written to a directory; add their inputs to `tests/scripts/vectors/`.
 *
 *     deno task fuzz [TARGET…] [--seconds N] [--seed N] [--findings DIR]
 */
import { parseArgs } from "node:util";
import { fuzz, type FuzzFinding } from "./fuzz/run.ts";
import { TARGETS } from "./fuzz/targets.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    findings: { type: "string", default: "fuzz-findings" },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
const chosen = positionals.length === 0 ? TARGETS : TARGETS.filter(({ name }) => positionals.includes(name));
if (!(seconds > 0) || !Number.isInteger(seed) || chosen.length < positionals.length) {
  print(
    `Usage: deno task fuzz [TARGET…] [--seconds N] [--seed N]\nTargets: ${
      TARGETS.map((it) => it.name).join(" ")
    }`,
  );
  Deno.exit(2);
}

let found = 0;
for (const target of chosen) {
  const result = await fuzz(target, seed, seconds);
  const rate = Math.round(result.executions / result.seconds);
  print(
    `${target.name.padEnd(14)} ${result.executions} executions, ${rate} a second, ${result.taken} taken, ` +
      `${result.refusals} kinds of outcome, ${result.findings.length} findings (seed ${seed})`,
  );
  for (const finding of result.findings) report(target.name, finding);
}
Deno.exit(found === 0 ? 0 : 1);

function report(target: string, { input, what }: FuzzFinding): void {
  found += 1;
  Deno.mkdirSync(values.findings, { recursive: true });
  const file = `${values.findings}/${target}-${seed}-${found}.bin`;
  Deno.writeFileSync(file, input);
  print(`  FINDING ${JSON.stringify(what.slice(0, 600))}\n  input: ${file}`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
