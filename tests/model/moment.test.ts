import assert from "node:assert/strict";
import { Misuse } from "../../lib/model/failure.ts";
import { isMoment, momentOf } from "../../lib/model/moment.ts";

/** A written time and the first and the last millisecond that it names. */
const WRITTEN: readonly (readonly [text: string, begin: string, end: string])[] = [
  ["2026-11-28Z", "2026-11-28T00:00:00.000Z", "2026-11-28T23:59:59.999Z"],
  ["2026-11-28+01:00", "2026-11-27T23:00:00.000Z", "2026-11-28T22:59:59.999Z"],
  ["2026-11-28T05:00Z", "2026-11-28T05:00:00.000Z", "2026-11-28T05:00:00.000Z"],
  ["2026-11-28 05:00 UTC", "2026-11-28T05:00:00.000Z", "2026-11-28T05:00:00.000Z"],
  ["2026-11-28 05:00:07 UTC", "2026-11-28T05:00:07.000Z", "2026-11-28T05:00:07.999Z"],
  ["2026-11-28T05:00:07.123Z", "2026-11-28T05:00:07.123Z", "2026-11-28T05:00:07.123Z"],
  ["2026-11-28T05:00-0330", "2026-11-28T08:30:00.000Z", "2026-11-28T08:30:00.000Z"],
  ["2024-02-29T23:59:59+14:00", "2024-02-29T09:59:59.000Z", "2024-02-29T09:59:59.999Z"],
];

Deno.test("a date names its day, a time with seconds its second, other times an instant", () => {
  for (const [text, begin, end] of WRITTEN) {
    const moment = momentOf(text);
    assert.deepEqual([moment.begin.toISOString(), moment.time.toISOString()], [begin, end], text);
  }
});

Deno.test("a time without a zone is of the zone of this machine, which its text names", () => {
  const { begin, time, text } = momentOf("2026-11-28");
  assert.deepEqual(begin, new Date(2026, 10, 28));
  assert.deepEqual(time, new Date(2026, 10, 28, 23, 59, 59, 999));
  assert.ok(text.startsWith("2026-11-28 23:59:59 "), text);
  assert.ok(text.includes(Intl.DateTimeFormat().resolvedOptions().timeZone), text);
});

Deno.test("the text of a time with a zone is in that zone", () => {
  assert.equal(momentOf("2026-11-28+01:00").text, "2026-11-28 23:59:59 +01:00");
  assert.equal(momentOf("2026-11-28T05:00Z").text, "2026-11-28 05:00:00 UTC");
  assert.equal(momentOf("2026-11-28T05:00-03:30").text, "2026-11-28 05:00:00 -03:30");
});

Deno.test("an invalid date or time is refused", () => {
  for (
    const text of [
      "2026-02-29",
      "2026-13-01",
      "2026-00-10",
      "2026-11-31",
      "2026-11-28T24:00",
      "2026-11-28T05",
      "2026-11-28T05:60",
      "2026-11-28 noon",
      "2026-11-28T05:00+15:00",
      "2026-11-28T05:00+01:75",
      "2026-11-28x",
      "1969-01-01",
    ]
  ) {
    assert.ok(isMoment(text), text);
    assert.throws(() => momentOf(text), Misuse, text);
  }
});

Deno.test("a snapshot id is not treated as a date", () => {
  for (const id of ["20261128T050000Z-0000000000000001", "20261128", "2", "2026", "latest", "2026-1"]) {
    assert.equal(isMoment(id), false, id);
  }
});
