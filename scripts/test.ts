/**
 * Runs the tests: one `deno test` per directory of tests, as many at the same time as there are processors.
 *
 *     deno task test [PATH…]    run all tests, or those of some directories and files
 *     deno task test:unit       run the tests that start no program and no server; the sandbox enforces this
 */
import { parseArgs } from "node:util";
import { runSuites, type SuiteResult, sum } from "./test/run.ts";
import { suitesIn, unitSuites } from "./test/suites.ts";
import { withDirectory } from "../tests/support/directory.ts";
import { writeKeyPair } from "../tests/support/owner.ts";
import { writePrograms } from "../tests/support/program.ts";

/** What follows is about the whole run. `.ci/run` finds it by this line. */
const TABLE = "Time of each suite:";

const { values: { unit }, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { unit: { type: "boolean", default: false } },
});

const begun = performance.now();
const isWhole = positionals.length === 0 && !unit;
const suites = (positionals.length === 0 ? ["tests"] : positionals).flatMap(suitesIn);
const results = await withDirectory(async (directory) =>
  await runSuites(unit ? unitSuites(suites) : suites, {
    permissions: unit ? "unit" : "test",
    jobs: navigator.hardwareConcurrency,
    environment: {
      ...writeKeyPair(`${directory}/key_pair.json`),
      ...(isWhole ? await writePrograms(`${directory}/programs`) : {}),
    },
    print,
  })
);
print(TABLE);
for (const { name, seconds } of results.toSorted((a, b) => b.seconds - a.seconds)) {
  print(`${seconds.toFixed(0).padStart(4)} s  ${name}`);
}
for (const { name, failure } of results.filter(({ failed }) => failed > 0)) {
  print(`Failed: ${name}`);
  for (const line of failure) print(`  ${line}`);
}
print(summary(results));
Deno.exitCode = sum(results).failed === 0 && results.length > 0 ? 0 : 1;

/** Returns the summary line in the form of `deno test`. */
function summary(results: readonly SuiteResult[]): string {
  const { passed, failed, ignored } = sum(results);
  const seconds = Math.round((performance.now() - begun) / 1000);
  return `${
    failed === 0 ? "ok" : "FAILED"
  } | ${passed} passed | ${failed} failed | ${ignored} ignored (${seconds} s)`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
