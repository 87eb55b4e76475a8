/** Which stream gets what: for people, for programs, quiet, verbose, and for the journal. */
import assert from "node:assert/strict";
import type { Event } from "../../lib/app/events.ts";
import { Output } from "../../lib/cli/output.ts";
import { Failure } from "../../lib/model/failure.ts";
import { written } from "../support/console.ts";

type Options = ConstructorParameters<typeof Output>[0];

const PLAIN: Options = { json: false, quiet: false, verbose: false, color: false, journal: false };

/** What is written to standard output and error. */
function streams(
  options: Partial<Options>,
  body: (output: Output) => void,
): [stdout: string, stderr: string] {
  const { stdout, stderr } = written(() => body(new Output({ ...PLAIN, ...options })));
  return [stdout, stderr];
}

const UNREAD: Event = { event: "trouble", kind: "unread", path: "/a", reason: "why" };

/** Each kind of message, with what it makes of it for people, `--quiet`, `--verbose` and `--json`. */
const MESSAGES: Readonly<Record<string, [(output: Output) => void, string, string, string, string]>> = {
  "data": [(it) => it.data("text", { a: 1 }), "> text", "> text", "> text", '> {"a":1}'],
  "talk": [(it) => it.say("text"), "text", "", "text", ""],
  "a detail": [(it) => it.detail("text"), "", "", "text", ""],
  "a warning": [(it) => it.warn("text"), "warning: text", "warning: text", "warning: text", ""],
  "a note": [
    (it) => it.report({ event: "note", text: "text" }),
    "text",
    "",
    "text",
    '> {"event":"note","text":"text"}',
  ],
  "a line of a program": [
    (it) => it.report({ event: "output", from: "hook before", text: "text" }),
    "hook before: text",
    "",
    "hook before: text",
    '> {"event":"output","from":"hook before","text":"text"}',
  ],
  "an unread path": [
    (it) => it.report(UNREAD),
    "warning: unread: /a: why",
    "warning: unread: /a: why",
    "warning: unread: /a: why",
    `> ${JSON.stringify(UNREAD)}`,
  ],
  "a skipped path": [
    (it) => it.report({ ...UNREAD, kind: "skipped" }),
    "",
    "",
    "skipped: /a: why",
    `> ${JSON.stringify({ ...UNREAD, kind: "skipped" })}`,
  ],
  "a failure": [
    (it) => it.fail(new Failure("what", { hint: "do this" })),
    "error: what\nhint: do this",
    "error: what\nhint: do this",
    "error: what\nhint: do this",
    '> {"event":"error","message":"what","hint":"do this"}',
  ],
  "the failure of one host": [
    (it) => it.failHost("web1", new Failure("what")),
    "error: web1: what",
    "error: web1: what",
    "error: web1: what",
    '> {"event":"failed","host":"web1","message":"what"}',
  ],
};

for (const [what, [send, plain, quiet, verbose, json]] of Object.entries(MESSAGES)) {
  Deno.test(`${what}: data go to standard output, all else to standard error, and modes choose`, () => {
    const modes: [Partial<Options>, string][] = [
      [{}, plain],
      [{ quiet: true }, quiet],
      [{ verbose: true }, verbose],
      [{ json: true }, json],
    ];
    for (const [options, expected] of modes) {
      const line = expected === "" ? "" : `${expected}\n`;
      const isData = line.startsWith("> ");
      assert.deepEqual(
        streams(options, send),
        isData ? [line.slice(2), ""] : ["", line],
        JSON.stringify(options),
      );
    }
  });
}

Deno.test("a failure's own hint takes precedence over the advice of the command", () => {
  const hinted = (hint?: string): string =>
    streams({}, (it) => it.fail(new Failure("what", { hint }), "advice"))[1];
  assert.equal(hinted("own"), "error: what\nhint: own\n");
  assert.equal(hinted(), "error: what\nhint: advice\n");
  assert.equal(streams({}, (it) => it.fail(new TypeError("bug"), "advice"))[1], "error: bug\nhint: advice\n");
});

Deno.test("only --verbose prints the stack frames of an unforeseen error and of a cause", () => {
  const bug = new TypeError("bug");
  bug.stack = "TypeError: bug\n    at here (file.ts:1:2)";
  const both = (verbose: boolean, thrown: unknown): string =>
    streams({ verbose }, (it) => it.fail(thrown))[1];
  assert.equal(both(false, bug), "error: bug\n");
  assert.equal(both(true, bug), "error: bug\nTypeError: bug\n    at here (file.ts:1:2)\n");
  const caused = new Failure("what", { cause: bug });
  assert.equal(both(false, caused), "error: what\n");
  assert.equal(both(true, caused), "error: what\ncause: TypeError: bug\n    at here (file.ts:1:2)\n");
});

Deno.test("the details of a failure are lines of their own below it", () => {
  const failure = new Failure("what", { details: ["first", "second"] });
  assert.equal(streams({}, (it) => it.fail(failure))[1], "error: what\n  first\n  second\n");
});

Deno.test("paths that were only counted are reported before data and before the last words", () => {
  const many = (it: Output): void => {
    for (let at = 0; at < 1000; at += 1) it.report({ ...UNREAD, path: `/${at}` } as Event);
  };
  const { all: beforeData } = written(() => {
    const it = new Output(PLAIN);
    many(it);
    it.data("data", {});
    it.data("data", {});
  });
  const lines = beforeData.trim().split("\n");
  assert.deepEqual(lines.slice(-2), ["data", "data"]);
  assert.match(lines.at(-3)!, /^warning: unread: .* more paths: why/);
  const [, stderr] = streams({}, (it) => {
    many(it);
    it.fail(new Failure("what"));
  });
  assert.match(stderr, /more paths: why[^\n]*\nerror: what\n$/);
  assert.equal(streams({ verbose: true }, many)[1].split("\n").length, 1001, "--verbose names each");
});

Deno.test("the journal gets each line with its priority", () => {
  const [, stderr] = streams({ journal: true, verbose: true }, (it) => {
    it.say("said");
    it.detail("detail");
    it.warn("warned");
    it.fail(new Failure("what", { details: ["more"], hint: "do this" }));
  });
  assert.deepEqual(stderr.trim().split("\n"), [
    "<6>said",
    "<7>detail",
    "<4>warning: warned",
    "<3>error: what",
    "<3>  more",
    "<5>hint: do this",
  ]);
});

// The streams of a process are lost for good: this test is the last of its file.
Deno.test("data that are lost are a failure, which is then reported on standard error also with --json", () => {
  const write = Deno.stdout.writeSync;
  const output = new Output({ ...PLAIN, json: true });
  output.refuseLoss();
  try {
    Deno.stdout.writeSync = () => {
      throw new Error("No space left on device");
    };
    output.data("", { a: 1 });
  } finally {
    Deno.stdout.writeSync = write;
  }
  assert.throws(
    () => output.refuseLoss(),
    /^Failure: Cannot write the output: standard output: No space left/,
  );
  assert.match(output.lost!, /^standard output: No space/);
  const { stdout, stderr } = written(() => output.fail(new Failure("what")));
  assert.deepEqual([stdout, stderr], ["", "error: what\n"]);
});
