/** When the output of a command is complete, though others hold its pipe. */
import assert from "node:assert/strict";
import { dumpBlocks, DumpFailure } from "../../lib/process/dump.ts";

interface Dumped {
  readonly text: string;
  readonly left: string[];
  readonly error: unknown;
  readonly milliseconds: number;
}

/** Runs a script as a dump. */
async function dumped(script: string, how: { grace?: number; timeLimit?: number } = {}): Promise<Dumped> {
  const begun = performance.now();
  const left: string[] = [];
  let [text, error]: [string, unknown] = ["", undefined];
  try {
    const program = { command: ["bash", "-c", script], environment: {} } as const;
    const blocks = dumpBlocks(program, { line: () => {}, left: (it) => left.push(it), grace: 1500, ...how });
    for await (const block of blocks) text += new TextDecoder().decode(block);
  } catch (thrown) {
    error = thrown;
  }
  return { text, left, error, milliseconds: performance.now() - begun };
}

Deno.test("a dump is complete when its command succeeds; a silent child that holds the pipe is reported", async () => {
  for (const child of ["sleep 60", "setsid sleep 60", "(sleep 60)"]) {
    const { text, left, error, milliseconds } = await dumped(
      `echo data; ${child} & echo $! > /dev/null; exit 0`,
    );
    assert.deepEqual([text, error, left.length], ["data\n", undefined, 1], child);
    assert.match(left[0]!, /^"bash" has ended, but a program that it started still holds its output$/);
    assert.ok(milliseconds < 6000, `${milliseconds} ms`);
  }
});

Deno.test("a child that completes the output soon after its command is waited for and not reported", async () => {
  const { text, left, error } = await dumped("(sleep 0.9; echo last) & echo first; exit 0");
  assert.deepEqual([text, left, error], ["first\nlast\n", [], undefined]);
});

Deno.test("a child that continues to write after its command makes the dump fail", async () => {
  for (const script of ["while sleep 0.7; do echo more; done", "yes"]) {
    const { error, milliseconds } = await dumped(`echo data; { ${script}; } & exit 0`);
    assert.ok(error instanceof DumpFailure, script);
    assert.match(error.message, /has ended, but a program that it started continued to write/);
    assert.ok(milliseconds < 9000, `${milliseconds} ms`);
  }
});

Deno.test("after a failed command the dump does not wait for a child that holds the pipe", async () => {
  const { error, left, milliseconds } = await dumped("echo data; sleep 61 & exit 3", { grace: 60_000 });
  assert.ok(error instanceof DumpFailure && /exit code 3/.test(error.message), String(error));
  assert.deepEqual([left, milliseconds < 8000], [[], true]);
});

Deno.test("a dump that exceeds its time limit is ended together with its children", async () => {
  const { error, milliseconds } = await dumped("echo data; sleep 62 | cat & wait", { timeLimit: 300 });
  assert.ok(error instanceof DumpFailure && /took longer than 0\.3 s/.test(error.message), String(error));
  assert.ok(milliseconds < 8000, `${milliseconds} ms`);
});

Deno.test("a slow reader gets the complete output, long after the command ended", async () => {
  const program = {
    command: ["sh", "-c", "head -c 60000 /dev/zero; sleep 63 & exit 0"],
    environment: {},
  } as const;
  let length = 0;
  const blocks = dumpBlocks(program, { line: () => {}, grace: 300 });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for await (const block of blocks) length += block.length;
  assert.equal(length, 60_000);
});
