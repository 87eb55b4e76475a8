import assert from "node:assert/strict";
import { storeLines } from "../../lib/cli/store_lines.ts";
import type { SettingState, Step } from "../../lib/provisioning/provision.ts";

function step(name: string, before: SettingState, made = false): Step {
  return { name, wanted: "as it should be", before, made };
}

const LACKING = { state: "lacking", open: "nothing" } as const;

const STEPS: readonly Step[] = [
  step("one: bucket", { state: "missing" }, true),
  step("one: lifecycle", { state: "missing" }, true),
  step("one: encryption", LACKING),
  step("two: bucket", { state: "good" }),
  step("two: lifecycle", { state: "different", found: "3 days" }),
  step("two: encryption", LACKING),
  step("three: bucket", { state: "missing" }),
  step("three: lifecycle", { state: "missing" }),
  step("user policy", { state: "good" }),
];

Deno.test("the settings of several buckets are short, and what differs is shown in full", () => {
  assert.deepEqual(storeLines({ steps: STEPS, buckets: ["one", "two", "three"] }), [
    "made     one: bucket, lifecycle",
    "differs  two: lifecycle: as it should be; is: 3 days",
    "missing  three: bucket, lifecycle",
    "no support encryption: as it should be; not supported by this provider: nothing",
    "good     1 setting of the buckets",
    "good     user policy: as it should be",
  ]);
});

Deno.test("each setting of a single bucket has a line", () => {
  const steps = STEPS.filter(({ name }) => !/^(two|three)/.test(name));
  assert.equal(storeLines({ steps, buckets: ["one"] }).length, steps.length);
});
