import assert from "node:assert/strict";
import fc from "fast-check";
import { Output } from "../../lib/cli/output.ts";
import type { Event } from "../../lib/app/events.ts";
import { Damage, Failure } from "../../lib/model/failure.ts";
import { written } from "../support/console.ts";

/** What no line on a terminal, in a journal or of `--json` may hold. */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const MODES = {
  plain: { json: false, journal: false },
  journal: { json: false, journal: true },
  json: { json: true, journal: false },
} as const;

/** Runs `body` with an output of that mode, and returns the lines that it wrote. */
function linesOf(mode: keyof typeof MODES, body: (output: Output) => void): string[] {
  const { all: text } = written(() =>
    body(new Output({ ...MODES[mode], quiet: false, verbose: true, color: false }))
  );
  assert.ok(text === "" || text.endsWith("\n"), "a line ends");
  return text.split("\n").slice(0, -1);
}

/** Everything that a message can come by, with the number of lines that it makes. */
function messages(text: string): [lines: number, report: (output: Output) => void][] {
  const event = (it: Event): [number, (output: Output) => void] => [1, (output) => output.report(it)];
  const cause = new Error(text);
  cause.stack = `Error: ${text}\n    at ${text.replaceAll("\n", "")}`;
  return [
    event({ event: "trouble", kind: "unread", path: text, reason: text }),
    event({ event: "trouble", kind: "skipped", path: text, reason: text }),
    event({ event: "warning", text }),
    event({ event: "output", from: "hook before", text }),
    event({ event: "note", text }),
    [1, (output) => output.data(text, { text, [text]: text })],
    [1, (output) => output.say(text)],
    [1, (output) => output.detail(text)],
    [1, (output) => output.warn(text)],
    [1, (output) => output.fail(new Damage(text))],
    [2, (output) => output.fail(new Failure(text, { hint: text }))],
    [3, (output) => output.fail(new Failure(text, { details: [text, text] }))],
    [3, (output) => output.fail(new Failure(text, { cause }))],
    [3, (output) => output.fail(cause)],
    [1, (output) => output.fail(text)],
  ];
}

Deno.test("printed text cannot control the terminal or forge a line", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }),
    fc.constantFrom(
      "\x1b[2J",
      "\u009b31m",
      "a\n<0>web1: good",
      "\r\x1b[K",
      "\u202egpj",
      "\u2028",
      "\ud800",
      "\x7f",
    ),
  );
  fc.assert(
    fc.property(hostile, fc.constantFrom(...Object.keys(MODES) as (keyof typeof MODES)[]), (text, mode) => {
      for (const [wanted, report] of messages(text)) {
        const lines = linesOf(mode, report);
        if (mode !== "json") assert.equal(lines.length, wanted, JSON.stringify(lines));
        for (const line of lines) assert.doesNotMatch(line, STEERING);
        if (mode === "json") { for (const line of lines) JSON.parse(line); }
      }
    }),
  );
});

Deno.test("JSON output is parsed to the same value", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const [line] = linesOf("json", (output) => output.data("", { text }));
    assert.deepEqual(JSON.parse(line!), { text: text });
  }));
});

Deno.test("names that are already escaped are not escaped again", () => {
  const [line] = linesOf("plain", (output) =>
    output.report({
      event: "trouble",
      kind: "unread",
      path: "a\\b\n",
      reason: "why",
    }));
  assert.equal(line, "warning: unread: a\\\\b\\n: why");
});

const WRITES = /Deno\.std(out|err)|process\.std|console\./;

/** The text of a module without its comments, which show code of other programs. */
function codeIn(file: string): string {
  return Deno.readTextFileSync(file).replace(/^\s*(\*|\/\*|\/\/).*$/gm, "");
}

Deno.test("only the output module writes to the console", () => {
  const found: string[] = [];
  const look = (directory: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      if (isDirectory) look(`${directory}/${name}`);
      else if (WRITES.test(codeIn(`${directory}/${name}`))) found.push(`${directory}/${name}`);
    }
  };
  look("lib");
  assert.deepEqual(found.sort(), ["lib/cli/output.ts", "lib/cli/sink.ts"]);
});
