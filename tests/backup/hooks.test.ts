/** What a hook is run with, and what comes of one that fails, hangs or is interrupted. */
import assert from "node:assert/strict";
import type { Event } from "../../lib/app/events.ts";
import { type HookName, type HookOptions, runHook } from "../../lib/backup/hooks.ts";
import { failedOutcome, storedOutcome } from "../../lib/backup/outcome.ts";
import type { Host } from "../../lib/config/types.ts";
import { Failure, Interrupted } from "../../lib/model/failure.ts";
import { foreignTest } from "../support/foreign.ts";
import { FRAME, STORED } from "./outcomes.ts";

const SIGNAL = new AbortController().signal;

/** Runs a script as the hook of that name; gives what it wrote, and what was thrown. */
async function hooked(
  name: HookName,
  script: string,
  options: HookOptions = {},
  changes: { timeLimit?: number; environment?: Host["environment"] } = {},
): Promise<{ lines: string[]; error: unknown }> {
  const { timeLimit = 60_000, environment = {} } = changes;
  const hooks = { before: undefined, after: undefined, failed: undefined, finally: undefined, timeLimit };
  const host = { name: "web1.example.org", environment, hooks: { ...hooks, [name]: ["sh", "-c", script] } };
  const events: Event[] = [];
  const run = { report: (event: Event) => void events.push(event), signal: SIGNAL, now: () => new Date() };
  const error = await runHook(name, host as unknown as Host, options, run).then(() => undefined, (it) => it);
  const lines = events.map((it) => {
    assert.ok(it.event === "output" && it.from === `hook ${name}`, JSON.stringify(it));
    return it.text;
  });
  return { lines, error };
}

const ENVIRONMENT = "env | grep ^NIGHTDROP_ | sort";

foreignTest(["sh"], "a hook knows its name and its host, and before the backup nothing else", async () => {
  const { lines, error } = await hooked("before", ENVIRONMENT);
  assert.deepEqual(lines, ["NIGHTDROP_HOOK=before", "NIGHTDROP_HOST=web1.example.org"]);
  assert.equal(error, undefined);
});

foreignTest(
  ["sh"],
  "a hook after a backup has each figure as a variable, whether it was stored or not",
  async () => {
    const { lines } = await hooked("after", ENVIRONMENT, { outcome: storedOutcome(FRAME, STORED) });
    assert.deepEqual(lines, [
      "NIGHTDROP_BYTES=3400",
      "NIGHTDROP_ENTRIES=12",
      "NIGHTDROP_EXIT_CODE=0",
      "NIGHTDROP_HOOK=after",
      "NIGHTDROP_HOST=web1.example.org",
      "NIGHTDROP_OBJECTS=3",
      "NIGHTDROP_RESULT=complete",
      "NIGHTDROP_SECONDS=90.5",
      `NIGHTDROP_SNAPSHOT=${STORED.snapshot}`,
      "NIGHTDROP_STORED=700",
      "NIGHTDROP_UNREAD=0",
      "NIGHTDROP_WARNINGS=2",
    ]);
    const outcome = failedOutcome(
      { ...FRAME, outputLost: "standard error: gone" },
      new Interrupted("stopped"),
    );
    const failed = await hooked("failed", ENVIRONMENT, { outcome });
    for (
      const line of [
        "ERROR=stopped",
        "EXIT_CODE=130",
        "OUTPUT_LOST=standard error: gone",
        "RESULT=interrupted",
      ]
    ) {
      assert.ok(failed.lines.includes(`NIGHTDROP_${line}`), line);
    }
  },
);

foreignTest(
  ["sh"],
  "a hook gets the variables of the config, which cannot replace those of nightdrop",
  async () => {
    const environment = {
      A: "1",
      B: { env: "NIGHTDROP_TEST_NOT_SET" },
      NIGHTDROP_HOOK: "other",
      NIGHTDROP_HOST: "x",
    };
    const { lines } = await hooked("finally", 'echo "$A ${B-unset} $NIGHTDROP_HOOK $NIGHTDROP_HOST"', {}, {
      environment,
    });
    assert.deepEqual(lines, ["1 unset finally web1.example.org"]);
  },
);

foreignTest(["sh"], "a hook that fails is named, and its last output is the hint", async () => {
  const { error, lines } = await hooked("before", "echo disk on fire >&2; exit 7");
  assert.ok(error instanceof Failure);
  assert.match(error.message, /hook "before" failed: "sh" ended with exit code 7/);
  assert.match(error.hint!, /disk on fire/);
  assert.ok(error.cause instanceof Failure);
  assert.deepEqual(lines, ["disk on fire"]);
});

foreignTest(["sh"], "a hook that takes too long is ended and has failed", async () => {
  const { error } = await hooked("after", "exec sleep 60", {}, { timeLimit: 50 });
  assert.ok(error instanceof Failure);
  assert.match(error.message, /hook "after" failed: .*took longer than 0\.05 s/);
});

foreignTest(
  ["sh"],
  "a hook that a signal ends throws the signal's reason, and one without a signal runs to its end",
  async () => {
    const reason = new Interrupted("stopped");
    const { error } = await hooked("before", "exec sleep 60", { signal: AbortSignal.abort(reason) });
    assert.equal(error, reason);
    assert.deepEqual(await hooked("finally", "echo cleans up"), { lines: ["cleans up"], error: undefined });
  },
);

Deno.test("a missing hook runs nothing", async () => {
  const hooks = { before: ["no-such-program"], after: undefined, failed: undefined, finally: undefined };
  const run = { report: () => assert.fail("nothing is said"), signal: SIGNAL, now: () => new Date() };
  for (const name of ["after", "failed", "finally"] as const) {
    await runHook(name, { name: "a", environment: {}, hooks } as unknown as Host, {}, run);
  }
});
