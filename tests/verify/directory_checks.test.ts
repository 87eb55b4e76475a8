/** What is found in the directory of one snapshot: objects over others, objects that are hidden, and clocks. */
import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import type { StoredDirectory } from "../../lib/snapshots/directories.ts";
import {
  clocks,
  copies,
  type Dated,
  isCopied,
  isLate,
  tampering,
} from "../../lib/verify/directory_checks.ts";

const HOUR_MS = DAY_MS / 24;
const FINISHED = Date.parse("2026-11-23T05:00:00Z");
const HOST = { retention: { days: 30, refreshDays: 7 } } as Host;

/** A snapshot that ended so many milliseconds before the store took its receipt, by its host's clock. */
function dated(lag: number, finished = FINISHED): Dated {
  const receipt = { finished: new Date(finished).toISOString() };
  return { id: "a", storedAt: new Date(finished + lag), receipt };
}

function found(directory: Pick<StoredDirectory, "overwritten" | "hidden">): string[] {
  return [...tampering(directory as StoredDirectory, HOST)].map(({ kind, what }) => `${kind}: ${what}`);
}

Deno.test("a directory in which nothing was put over anything or hidden is good", () => {
  assert.deepEqual(found({ overwritten: undefined, hidden: undefined }), []);
});

Deno.test("objects over others are a warning, objects that are hidden before their days are over are damage", () => {
  const [warning, damage] = found({
    overwritten: { count: 1, first: "000001" },
    hidden: { count: 3, first: "000002" },
  });
  assert.match(warning!, /^warning: .*"000001"\./);
  assert.doesNotMatch(warning!, /more/);
  assert.match(damage!, /^damage: .*\b38 days\b.*"000002" and 2 more\b/, "retention, refresh and a day");
});

Deno.test("names that others have chosen are printed escaped", () => {
  const hostile = { count: 2, first: "a\x1b[2J\nok" };
  for (const line of found({ overwritten: hostile, hidden: hostile })) {
    // deno-lint-ignore no-control-regex -- that is what must not be there
    assert.doesNotMatch(line, /[\x00-\x1f]/);
  }
});

Deno.test("clocks may be an hour apart; more is a warning, and more than a day is damage, in either direction", () => {
  const cases: [lag: number, kind: string | undefined][] = [
    [0, undefined],
    [HOUR_MS, undefined],
    [HOUR_MS + 1, "warning"],
    [DAY_MS, "warning"],
    [DAY_MS + 1, "damage"],
  ];
  for (const [lag, kind] of cases) {
    for (const [sign, word] of [[1, "before"], [-1, "after"]] as const) {
      const [problem, ...more] = clocks(dated(sign * lag));
      assert.deepEqual([problem?.kind, more], [kind, []], `${sign * lag}`);
      if (problem) assert.match(problem.what, new RegExp(` \\d+\\.\\d hours ${word} `));
    }
  }
  assert.match([...clocks(dated(-90 * 60 * 1000))][0]!.what, / 1\.5 hours after /);
});

Deno.test("a snapshot is late when the store dates it more than a day after its host, never when before", () => {
  const lags = [0, HOUR_MS, DAY_MS, DAY_MS + 1, 400 * DAY_MS, -DAY_MS - 1];
  assert.deepEqual(lags.map((lag) => isLate(dated(lag))), [false, false, false, true, true, false]);
});

Deno.test("a store was copied where it dates snapshots close together that hosts made far apart", () => {
  const at = (days: number, lag: number): Dated => dated(lag, FINISHED + days * DAY_MS);
  const slow = [0, 1, 2, 9].map((days) => at(days, 3 * DAY_MS));
  const copied = [0, 1, 2, 9].map((days) => at(days, (20 - days) * DAY_MS));
  assert.deepEqual([isCopied(slow), isCopied(copied), isCopied([...copied].reverse())], [false, true, true]);
  assert.deepEqual([isCopied([]), isCopied([at(0, 2 * DAY_MS)])], [false, false], "one alone says nothing");
  // Half as far apart by the store as by the hosts is where it begins.
  assert.equal(isCopied([at(0, 10 * DAY_MS), at(4, 8 * DAY_MS)]), false);
  assert.equal(isCopied([at(0, 10 * DAY_MS), at(4, 8 * DAY_MS - 1)]), true);
  const [problem, ...more] = copies(copied);
  assert.deepEqual([problem?.kind, more], ["warning", []]);
  assert.match(problem!.what, /\b4 snapshots\b.*copied/);
});
