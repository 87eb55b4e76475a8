import assert from "node:assert/strict";
import type { Event } from "../../lib/app/events.ts";
import type { DumpCheck } from "../../lib/config/drill.ts";
import { checkDump, type DumpOutcome } from "../../lib/drill/dump_check.ts";
import { unexpected } from "../../lib/drill/expectation.ts";
import { Interrupted } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";

const CHECK: DumpCheck = {
  name: "d",
  load: undefined,
  check: undefined,
  expect: undefined,
  timeLimit: 60_000,
};

function outcome(check: Partial<DumpCheck>, signal = new AbortController().signal): Promise<DumpOutcome> {
  return withDirectory((directory) => {
    const file = `${directory}/the dump`;
    Deno.writeTextFileSync(file, "content");
    const dump = { file, directory, environment: { NIGHTDROP_DUMP: "d" } };
    const run = { report: (_: Event) => {}, signal, now: () => new Date() };
    return checkDump({ ...CHECK, ...check }, dump, run);
  });
}

Deno.test("a dump passes if its commands end with 0 and the output is what is expected", async () => {
  const ok = { state: "ok", reason: 'the check printed "content"' };
  const load = ["cp", "{file}", "{directory}/copy"] as const;
  assert.deepEqual(await outcome({ load, check: ["cat", "{directory}/copy"], expect: "content" }), ok);
  assert.deepEqual(await outcome({ check: ["cat", "{file}"] }), ok);
  assert.deepEqual(await outcome({ load }), { state: "ok" });
});

Deno.test("a command that loads a dump gets it on standard input, and need not read it", async () => {
  const load = ["sh", "-c", 'cat > "$0"', "{directory}/copy"] as const;
  assert.equal((await outcome({ load, check: ["cat", "{directory}/copy"], expect: "content" })).state, "ok");
  assert.equal((await outcome({ load: ["true"] })).state, "ok");
  assert.equal((await outcome({ check: ["cat"], expect: "" })).state, "ok", "a check gets nothing");
});

Deno.test("a dump fails if a command ends with another code, or prints something else", async () => {
  const failed = await outcome({ load: ["sh", "-c", "echo no such table >&2; exit 3"], check: ["true"] });
  assert.equal(failed.state, "failed");
  assert.match(failed.reason!, /^load: "sh" ended with exit code 3\. .*no such table/);
  assert.deepEqual(await outcome({ check: ["echo", "0"], expect: ">0" }), {
    state: "failed",
    reason: 'the check printed "0", expected >0',
  });
});

Deno.test("a command that cannot start, does not end or is killed has not run, and never passes", async () => {
  for (const check of [["no-such-program"], ["sleep", "60"], ["sh", "-c", "kill -9 $$"]] as const) {
    const { state, reason } = await outcome({ check, timeLimit: 500 });
    assert.equal(state, "not run", `${check}: ${reason}`);
    assert.match(reason!, /^check/);
  }
});

Deno.test("dumps of several hosts are checked one at a time, because they may load into the same database", () =>
  withDirectory(async (shared) => {
    const database = `${shared}/database`;
    const load = ["sh", "-c", 'mkdir "$0" && sleep 0.1', database] as const;
    const found = await Promise.all(
      [1, 2, 3, 4].map(() => outcome({ load, check: ["rmdir", database] })),
    );
    assert.deepEqual(found, Array(4).fill({ state: "ok" }));
  }));

Deno.test("an interrupt ends the command of a dump", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Interrupted()), 100);
  await assert.rejects(outcome({ check: ["sleep", "60"] }, stop.signal), Interrupted);
});

Deno.test("a command gets no variable of this process but the standard ones", async () => {
  Deno.env.set("NIGHTDROP_PASSPHRASE", "hunter2");
  try {
    const { reason } = await outcome({ check: ["env"] });
    assert.doesNotMatch(reason!, /hunter2/);
    assert.equal((await outcome({ check: ["sh", "-c", "echo $NIGHTDROP_DUMP"], expect: "d" })).state, "ok");
  } finally {
    Deno.env.delete("NIGHTDROP_PASSPHRASE");
  }
});

Deno.test("the expected output is a comparison of a number, or a text", () => {
  const met: readonly (readonly [output: string, expected: string])[] = [
    ["1\n", ">0"],
    [" 12 ", ">= 12"],
    ["-1", "<0"],
    ["3.5", "<= 3.5"],
    ["7", "=7"],
    ["ok\n", "ok"],
    ["a > b", "a > b"],
  ];
  const unmet: typeof met = [
    ["0", ">0"],
    ["", ">0"],
    ["many", ">0"],
    ["1 row", ">0"],
    ["1\n2", ">0"],
    ["0x10", ">0"],
    ["1e9", ">0"],
    ["Infinity", ">0"],
    ["not ok", "ok"],
  ];
  for (const [output, expected] of met) assert.equal(unexpected(output, expected), undefined, output);
  for (const [output, expected] of unmet) assert.ok(unexpected(output, expected), output);
  assert.match(unexpected("\x1b[2J", "x")!, /\\x1b/, "the output cannot steer a terminal");
});
