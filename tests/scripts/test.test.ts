/** How `deno task test` and `deno task test:unit` choose, run and count tests. */
import assert from "node:assert/strict";
import { failureIn } from "../../scripts/test/failure.ts";
import { countsIn, runSuites, type SuiteResult, sum } from "../../scripts/test/run.ts";
import { suitesIn, unitSuites } from "../../scripts/test/suites.ts";
import { withDirectory } from "../support/directory.ts";
import { run } from "../support/foreign.ts";
import { owner, writeKeyPair } from "../support/owner.ts";

/** Writes files below a directory, by their paths. */
function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    Deno.mkdirSync(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(`${root}/${path}`, text);
  }
}

const PASSING = 'Deno.test("passes", () => {});\n';
const FAILING = 'Deno.test("fails", () => { throw new Error("on purpose"); });\n';
const IGNORED = 'Deno.test.ignore("is ignored", () => {});\n';

const TESTS = {
  "top.test.ts": PASSING,
  "good/a.test.ts": PASSING + PASSING.replace("passes", "passes as well"),
  "good/deep/b.test.ts": PASSING,
  "good/helper.ts": "throw new Error('no test');",
  "bad/a.test.ts": PASSING + FAILING + IGNORED,
};

async function ran(root: string): Promise<{ results: SuiteResult[]; lines: string[] }> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const results = await runSuites(suitesIn(root), { permissions: "test", jobs: 2, print });
  return { results: results.sort((a, b) => a.name < b.name ? -1 : 1), lines };
}

Deno.test("there is a suite for each directory of tests, and one for the files beside them", () =>
  withDirectory((root) => {
    write(root, { ...TESTS, "docs/a.test.ts": PASSING });
    const suites = suitesIn(root).map(({ name, files }) => [name, files.map((it) => it.slice(root.length))]);
    assert.deepEqual(suites[0], ["docs", ["/docs/a.test.ts"]], "what takes longest is begun first");
    assert.deepEqual(suites.slice(1), [
      ["bad", ["/bad/a.test.ts"]],
      ["good", ["/good/a.test.ts", "/good/deep/b.test.ts"]],
      [".", ["/top.test.ts"]],
    ]);
    const file = `${root}/good/a.test.ts`;
    assert.deepEqual(suitesIn(file), [{ name: file, files: [file] }], "a file is a suite");
  }));

Deno.test("the counts of all suites are added up, and each line names its suite", () =>
  withDirectory(async (root) => {
    write(root, TESTS);
    const { results, lines } = await ran(root);
    assert.deepEqual(results.map(({ name, passed, failed, ignored }) => [name, passed, failed, ignored]), [
      [".", 1, 0, 0],
      ["bad", 1, 1, 1],
      ["good", 3, 0, 0],
    ]);
    assert.deepEqual(sum(results), { passed: 5, failed: 1, ignored: 1 });
    assert.ok(lines.some((line) => /^bad {2}\| error: Error: on purpose$/.test(line)), lines.join("\n"));
    assert.ok(lines.every((line) => /^(\.|bad|good) *\| ./.test(line)));
  }));

Deno.test("all test files of a run use the same key pair", () =>
  withDirectory(async (root) => {
    const helper = new URL("../support/owner.ts", import.meta.url);
    const text = (file: string): string =>
      `import { owner } from "${helper}";\n` +
      `Deno.test("writes", () => Deno.writeTextFileSync("${root}/${file}", owner.fingerprint));\n`;
    write(root, { "a/a.test.ts": text("one"), "b/b.test.ts": text("two") });
    const environment = writeKeyPair(`${root}/key_pair.json`);
    await runSuites(suitesIn(root), { permissions: "test", jobs: 2, environment, print: () => {} });
    for (const file of ["one", "two"]) {
      assert.equal(Deno.readTextFileSync(`${root}/${file}`), owner.fingerprint);
    }
  }));

Deno.test("a suite that ends without a result has failed", () =>
  withDirectory(async (root) => {
    write(root, {
      "broken/a.test.ts": 'import "./missing.ts";\n',
      "killed/a.test.ts": 'Deno.test("is killed", () => Deno.kill(Deno.pid, "SIGKILL"));',
    });
    const { results } = await ran(root);
    assert.deepEqual(results.map(({ name, failed }) => [name, failed]), [["broken", 1], ["killed", 1]]);
  }));

/** Runs `deno task test`, and returns its lines with an N for each time. */
async function taskTest(...paths: string[]): Promise<{ code: number; lines: string[] }> {
  const { code, text } = await run(Deno.execPath(), [
    "run",
    "--quiet",
    "-P=test",
    "scripts/test.ts",
    ...paths,
  ]);
  return { code, lines: text.trim().replaceAll(/\d+ s\b/g, "N s").split("\n") };
}

Deno.test("the end of the output has the times of all suites, and then each failed test with its error", () =>
  withDirectory(async (root) => {
    write(root, { ...TESTS, "worse/a.test.ts": FAILING.replace("fails", "fails too") });
    const { lines } = await taskTest(root);
    const end = lines.slice(lines.indexOf("Time of each suite:"));
    assert.deepEqual(end.slice(1, 5).map((line) => line.trim().replace(/ (\.|bad|good|worse)$/, "SUITE")), [
      ...Array.from({ length: 4 }, () => "N s SUITE"),
    ]);
    const failures = end.slice(5, -1).filter((line) => /Failed|error|=>.*\.ts:/.test(line)).map((line) =>
      line.replace(/=> .*nightdrop-test-[0-9a-f]+/, "=> ")
    );
    assert.deepEqual(failures.sort(), [
      "  error: Error: on purpose",
      "  error: Error: on purpose",
      "  fails => /bad/a.test.ts:2:6",
      "  fails too => /worse/a.test.ts:1:6",
      "Failed: bad",
      "Failed: worse",
    ]);
  }));

Deno.test("of many failed tests each is named, and of few a part of the error is given", () => {
  const failed = (count: number, lines: number): string[] => [
    "test ... FAILED (1ms)",
    " ERRORS ",
    ...Array.from({ length: count }, (_, at) => [
      `test ${at} => ./a.test.ts:${at}:6`,
      ...Array.from({ length: lines }, (_, at) => `error ${at}`),
      "    at innerWrapped (ext:cli/40_test.js:300:11)",
    ]).flat(),
    " FAILURES ",
    "test 0 => ./a.test.ts:0:6",
    "FAILED | 0 passed | 1 failed (34ms)",
  ];
  assert.deepEqual(failureIn(failed(1, 2)), ["test 0 => ./a.test.ts:0:6", "error 0", "error 1"]);
  const few = failureIn(failed(2, 100));
  assert.equal(few.length, 60);
  assert.deepEqual(few.slice(28, 31), [
    "error 27",
    "error 28 … (71 more lines)",
    "test 1 => ./a.test.ts:1:6",
  ]);
  const many = failureIn(failed(100, 100));
  assert.deepEqual(many.slice(-2), ["test 99 => ./a.test.ts:99:6", "error 0 … (99 more lines)"]);
  assert.equal(many.length, 200);
  const killed = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  assert.deepEqual(failureIn(killed), killed.slice(-60), "a suite that is killed lists no errors");
});

Deno.test("the last line has the form of deno test, and the exit code is that of all suites", () =>
  withDirectory(async (root) => {
    const task = async (...paths: string[]): Promise<[number, string]> => {
      const { code, lines } = await taskTest(...(paths.length > 0 ? paths : [root]));
      return [code, lines.at(-1)!];
    };
    assert.deepEqual(
      await task(),
      [1, "ok | 0 passed | 0 failed | 0 ignored (N s)"],
      "no test is no success",
    );
    write(root, { "good/a.test.ts": PASSING });
    assert.deepEqual(await task(), [0, "ok | 1 passed | 0 failed | 0 ignored (N s)"]);
    write(root, { "bad/a.test.ts": FAILING });
    assert.deepEqual(await task(), [1, "FAILED | 1 passed | 1 failed | 0 ignored (N s)"]);
    const some = await task(`${root}/good/a.test.ts`, `${root}/good`);
    assert.deepEqual(some, [0, "ok | 2 passed | 0 failed | 0 ignored (N s)"]);
  }));

Deno.test("counts are read from the last line of deno test, with steps and filters and without", () => {
  const counts = { passed: 12, failed: 3, ignored: 0 };
  assert.deepEqual(countsIn("FAILED | 12 passed (4 steps) | 3 failed (1 step) (2m3s)"), counts);
  assert.deepEqual(countsIn("ok | 12 passed | 3 failed | 7 filtered out (5ms)"), counts);
  assert.deepEqual(countsIn("ok | 12 passed | 3 failed | 9 ignored (5ms)"), { ...counts, ignored: 9 });
  for (const line of ["12 passed ... ok (5ms)", "ok", ""]) assert.equal(countsIn(line), undefined);
});

Deno.test("a unit test starts no program and no server, itself or by a helper", () =>
  withDirectory((root) => {
    write(root, {
      "a/plain.test.ts": 'import { helper } from "./plain.ts";\n',
      "a/plain.ts": 'const text = `import "./foreign.ts";`;\n',
      "a/command.test.ts": "await new Deno.Command('true').output();\n",
      "a/server.test.ts": "Deno.serve(() => new Response());\n",
      "a/helped.test.ts": 'import {\n  a,\n  b,\n} from "../support/deep.ts";\n',
      "support/deep.ts": 'export * from "./foreign.ts";\n',
      "support/foreign.ts": 'import { createServer } from "node:http";\n',
      "b/process.test.ts": 'import { runProgram } from "../../lib/process/program.ts";\n',
      "scripts/plain.test.ts": "",
    });
    const chosen = unitSuites(suitesIn(root)).flatMap(({ files }) => files);
    assert.deepEqual(chosen, [`${root}/a/plain.test.ts`]);
  }));

Deno.test("unit tests of this project run in a sandbox without programs and network", () => {
  const { permissions } = JSON.parse(Deno.readTextFileSync("deno.json"));
  assert.deepEqual(Object.keys(permissions.unit).sort(), ["env", "read", "sys", "write"]);
  const files = unitSuites(suitesIn("tests")).flatMap((suite) => suite.files);
  assert.ok(files.length > 80 && files.includes("tests/model/receipt.test.ts"), String(files.length));
  assert.ok(!files.includes("tests/store/weather.test.ts"));
});
