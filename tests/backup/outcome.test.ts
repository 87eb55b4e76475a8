import assert from "node:assert/strict";
import { failedOutcome, outcomeFields, seconds, storedOutcome } from "../../lib/backup/outcome.ts";
import { Damage, Failure, Interrupted, Locked, Misuse } from "../../lib/model/failure.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { FRAME, STORED } from "./outcomes.ts";

Deno.test("a backup is complete if everything could be read, and incomplete from the first unreadable path on", () => {
  for (const [unread, result, exitCode] of [[0, "complete", 0], [1, "incomplete", 3], [9, "incomplete", 3]]) {
    const stored = { ...STORED, unread: unread as number };
    const outcome = storedOutcome(FRAME, stored);
    assert.deepEqual(outcome, { ...FRAME, result, exitCode, stored, error: undefined });
  }
});

Deno.test("a backup that stored nothing has failed, or was interrupted, with the exit code of its error", () => {
  const errors: [unknown, string, number][] = [
    [new Interrupted("Interrupted by SIGTERM"), "interrupted", 130],
    [new Locked("Another run holds the lock"), "failed", 11],
    [new Misuse("wrong"), "failed", 2],
    [new Damage("bad"), "failed", 4],
    [new StoreError("denied", "closed"), "failed", 1],
    [new TypeError("unforeseen"), "failed", 1],
    ["text", "failed", 1],
    [undefined, "failed", 1],
  ];
  for (const [error, result, exitCode] of errors) {
    assert.deepEqual(failedOutcome(FRAME, error), { ...FRAME, result, exitCode, stored: undefined, error });
  }
});

Deno.test("a run takes the time from its start to its end, to the millisecond", () => {
  const after = (milliseconds: number): number =>
    seconds(storedOutcome({ ...FRAME, ended: new Date(FRAME.started.getTime() + milliseconds) }, STORED));
  assert.deepEqual([0, 1, 999, 1000, 86_400_000].map(after), [0, 0.001, 0.999, 1, 86_400]);
});

Deno.test("the fields of a stored backup are its counts and its snapshot, and nothing else", () => {
  assert.deepEqual(outcomeFields(storedOutcome(FRAME, { ...STORED, unread: 4 })), {
    result: "incomplete",
    exitCode: 3,
    seconds: 90.5,
    warnings: 2,
    snapshot: STORED.snapshot,
    entries: 12,
    bytes: 3400,
    stored: 700,
    objects: 3,
    unread: 4,
  });
});

Deno.test("the fields of a failed backup have its error and lost output, each in one escaped line", () => {
  const error = new Failure("no\x1b[2J\nwarning: all is well", { hint: "do this" });
  const outcome = failedOutcome({ ...FRAME, outputLost: "standard error: gone\n" }, error);
  const { error: text, outputLost, ...others } = outcomeFields(outcome);
  assert.deepEqual(others, { result: "failed", exitCode: 1, seconds: 90.5, warnings: 2 });
  for (const line of [text, outputLost]) {
    // deno-lint-ignore no-control-regex -- that is what must not be there
    assert.doesNotMatch(String(line), /[\x00-\x1f]/);
  }
  assert.match(String(text), /^no.*all is well$/);
  assert.match(String(outputLost), /^standard error: gone/);
});
