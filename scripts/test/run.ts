/** Runs test suites in separate processes, several at the same time, and sums up their results. */
import { failureIn } from "./failure.ts";
import type { Suite } from "./suites.ts";

/** Number of passed, failed and ignored tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** Result of one suite. */
export interface SuiteResult extends Counts {
  readonly name: string;
  readonly seconds: number;
  /** What it printed about the tests that failed, shortened. Empty if none failed. */
  readonly failure: readonly string[];
}

/** Options for running suites. */
export interface RunOptions {
  /** Permission set in `deno.json`. */
  readonly permissions: string;
  /** Number of suites that run at the same time. */
  readonly jobs: number;
  /** Additional environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called for each line that a suite prints. */
  readonly print: (line: string) => void;
}

/** Runs each suite with `deno test`. */
export async function runSuites(suites: readonly Suite[], options: RunOptions): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  const waiting = suites.values();
  const width = Math.max(...suites.map(({ name }) => name.length));
  const work = async (): Promise<void> => {
    for (const suite of waiting) {
      const prefix = `${suite.name.padEnd(width)} | `;
      results.push(await runSuite(suite, { ...options, print: (line) => options.print(prefix + line) }));
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return results;
}

/** One stream keeps what a test prints beside its name; tests name the modes of files that they make. */
const IN_SHELL = 'umask 022; exec "$@" 2>&1';

async function runSuite(
  { name, files }: Suite,
  { permissions, environment, print }: RunOptions,
): Promise<SuiteResult> {
  const begun = performance.now();
  const child = new Deno.Command("sh", {
    // Types are checked by `deno task ok`.
    args: [
      "-c",
      IN_SHELL,
      "sh",
      Deno.execPath(),
      "test",
      "--quiet",
      "--no-check",
      `-P=${permissions}`,
      ...files,
    ],
    env: { ...environment, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines: string[] = [];
  for await (const line of linesOf(child.stdout)) {
    if (line === "") continue;
    lines.push(line);
    print(line);
  }
  const { code } = await child.status;
  const counts = resultOf(lines.findLast((line) => countsIn(line) !== undefined), code);
  const failure = counts.failed > 0 ? failureIn(lines) : [];
  return { name, ...counts, failure, seconds: (performance.now() - begun) / 1000 };
}

/** Returns one failure for a suite that ends without counts, or with an error although no test failed. */
function resultOf(last: string | undefined, code: number): Counts {
  const { passed, failed, ignored } = countsIn(last ?? "") ?? { passed: 0, failed: 0, ignored: 0 };
  const isGood = code === 0 && last !== undefined;
  return { passed, failed: isGood ? failed : Math.max(failed, 1), ignored };
}

/** Returns the counts in the last line of `deno test`, such as `ok | 5 passed (2 steps) | 0 failed | 1 ignored (3s)`. */
export function countsIn(line: string): Counts | undefined {
  if (!/^(ok|FAILED) \| /.test(line)) return undefined;
  const count = (what: string): number => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
}

/** Returns the sum of the results of suites. */
export function sum(results: readonly Counts[]): Counts {
  const of = (key: keyof Counts): number => results.reduce((total, it) => total + it[key], 0);
  return { passed: of("passed"), failed: of("failed"), ignored: of("ignored") };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
