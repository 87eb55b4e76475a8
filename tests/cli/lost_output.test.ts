/** A backup is stored and its hooks run if its output is lost, and the notifications report the loss. */
import assert from "node:assert/strict";
import { foreignTest, must, run } from "../support/foreign.ts";
import { commandLine } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

/** Runs words with outputs that only a program can make; prints the exit code. */
const HELPER = `
import fcntl, json, os, pty, subprocess, sys, threading, time
kind, words = sys.argv[1], json.loads(sys.argv[2])
if kind == "terminal":
    other, end = pty.openpty()
else:
    other, end = os.pipe()
if kind == "non-blocking":
    fcntl.fcntl(end, fcntl.F_SETFL, os.O_NONBLOCK)
child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=end, stderr=end)
os.close(end)
if kind == "terminal":
    os.read(other, 1)
    os.close(other)
if kind == "non-blocking":
    def slowly():
        while os.read(other, 65536):
            time.sleep(0.001)
    threading.Thread(target=slowly).start()
print(child.wait())
`;

/** What becomes of the outputs, as a line of shell around `"$@"`; and whether something is lost. */
const OUTCOMES: readonly [what: string, line: string, lost: boolean][] = [
  ["both are on a full disk", '"$@" > /dev/full 2>&1', true],
  ["standard output is on a full disk", '"$@" > /dev/full 2> /dev/null', false],
  ["standard error is on a full disk", '"$@" 2> /dev/full', true],
  ["both are closed", '"$@" >&- 2>&-', false],
  ["their reader is gone", '{ "$@"; echo $? > code; } 2>&1 | true; exit $(cat code)', true],
  [
    "their reader has stopped reading",
    '{ "$@"; echo $? > code; } 2>&1 | { while [ ! -s code ]; do sleep 0.1; done; }; exit $(cat code)',
    true,
  ],
  ["the terminal is gone", `python3 -c "$HELPER" terminal "$WORDS" > code; exit $(cat code)`, true],
  ["a pipe does not block", `python3 -c "$HELPER" non-blocking "$WORDS" > code; exit $(cat code)`, false],
];

/** A hook that says far more than a pipe holds and a sink keeps, and one that notes what it learns. */
const CHATTY = (at: string, bytes: number): string => `
  notify: { textfile: "figures.prom" },
  hooks: {
    before: ["sh", "-c", "yes 0123456789012345678901234567890123456789 | head -c ${bytes}"],
    finally: ["sh", "-c", "env > ${at}/env"],
  },`;

for (const flags of [[], ["--json"]]) {
  for (const [what, line, lost] of OUTCOMES) {
    foreignTest(
      ["python3"],
      `a backup${flags.map((it) => ` with ${it}`)} is stored where ${what}`,
      () =>
        withSetup(async (at) => {
          const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
          Deno.writeTextFileSync(
            `${at}/backup.config.ts`,
            config.replace(
              "retention:",
              `${CHATTY(at, what.startsWith("a pipe") ? 150_000 : 1_500_000)} retention:`,
            ),
          );
          const words = commandLine(["backup", "--host", HOST, ...flags], ["--allow-run=getfattr,kill,sh"]);
          const env = { WORDS: JSON.stringify(words), HELPER };
          const ran = await run("timeout", ["60", "sh", "-c", line, "sh", ...words], { cwd: at, env });
          assert.equal(ran.code, 0, ran.text + ran.stderr);
          const receipts = (await must("find", [`${at}/store`, "-name", "receipt-*"])).text.trim().split(
            "\n",
          );
          assert.equal(receipts.length, 1);
          const learnt = /^NIGHTDROP_OUTPUT_LOST=standard (output|error): ./m.test(
            Deno.readTextFileSync(`${at}/env`),
          );
          const figure = /output_lost\{[^}]*\} 1$/m.test(Deno.readTextFileSync(`${at}/figures.prom`));
          const isLost = lost || (flags.includes("--json") && line.includes("> /dev/full"));
          assert.deepEqual([learnt, figure], [isLost, isLost]);
        }),
    );
  }
}

Deno.test("a command that only prints fails if its output is lost, and succeeds if the reader closes it", () =>
  withSetup(async (at) => {
    await run("sh", ["-c", '"$@"', "sh", ...commandLine(["backup", "--host", HOST])], { cwd: at });
    for (
      const args of [["list"], ["list", "--json"], ["man"], ["completions", "bash"], [
        "permissions",
        "--host",
        HOST,
      ]]
    ) {
      const words = commandLine(args);
      const full = await run("sh", ["-c", '"$@" > /dev/full', "sh", ...words], { cwd: at });
      assert.deepEqual(
        [full.code, /error: Cannot write the output: .*No space/.test(full.stderr)],
        [1, true],
        full.stderr,
      );
      const head = await run("sh", ["-c", '{ "$@"; echo $? >&2; } | true', "sh", ...words], { cwd: at });
      assert.match(head.stderr, /^0\n$/m, `${args}`);
    }
  }));
