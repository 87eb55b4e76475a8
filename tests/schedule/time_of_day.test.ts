/** When backups run; what time zones do is taken from the tz database. */
import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { momentOf } from "../../lib/schedule/time_of_day.ts";
import { timerUnit } from "../../lib/schedule/timer.ts";
import { foreignTest, must } from "../support/foreign.ts";

const NAMES = Array.from({ length: 1000 }, (_, at) => `web${at}.example.org`);

/** The random delay of the timer, and its accuracy. */
const DELAY_MINUTES = 16;

Deno.test("each host has a fixed time between 04:00 and 07:00", () => {
  for (const host of ["web1.example.org", "db1.example.org", "x", ...NAMES]) {
    const { hour, minute } = momentOf(host);
    assert.ok(hour >= 4 && hour < 7 && minute >= 0 && minute < 60, `${host} ${hour}:${minute}`);
    assert.deepEqual(momentOf(host), { hour, minute });
  }
});

Deno.test("a fleet of a thousand hosts is spread over the night", () => {
  const crowds = Map.groupBy(NAMES.map(momentOf), ({ hour, minute }) => hour * 60 + minute);
  assert.ok(crowds.size > 170, `${crowds.size} different minutes of 180`);
  assert.ok(Math.max(...[...crowds.values()].map(({ length }) => length)) < 20);
});

/** A span of local time that a zone skips or repeats: from, to. */
function* changes(zone: string): Generator<[Temporal.PlainDateTime, Temporal.PlainDateTime]> {
  const end = Temporal.Instant.from("2060-01-01T00:00Z");
  let at = Temporal.Instant.from("2024-01-01T00:00Z").toZonedDateTimeISO(zone);
  for (;;) {
    const next = at.getTimeZoneTransition("next");
    if (next === null || Temporal.Instant.compare(next.toInstant(), end) > 0) return;
    const before = next.subtract({ nanoseconds: 1 }).toPlainDateTime().add({ nanoseconds: 1 });
    const span = [before, next.toPlainDateTime()].sort(Temporal.PlainDateTime.compare);
    yield span as [Temporal.PlainDateTime, Temporal.PlainDateTime];
    at = next;
  }
}

Deno.test("no time zone skips or repeats a time at which a backup can start", () => {
  const latest = new Map<string, number>();
  let count = 0;
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    for (const [from, to] of changes(zone)) {
      count += 1;
      for (const hour of [4, 5, 6, 7]) {
        const [start, end] = [
          from.with({ hour, minute: 0 }),
          from.with({ hour, minute: hour < 7 ? 59 : DELAY_MINUTES }),
        ];
        const touched = Temporal.PlainDateTime.compare(from, end) <= 0 &&
          Temporal.PlainDateTime.compare(start, to) < 0;
        assert.ok(!touched, `${zone}: ${from} to ${to}`);
      }
      latest.set(zone, to.hour);
    }
  }
  assert.ok(count > 5000 && latest.get("Europe/Berlin") === 3, `${count} changes were looked at`);
});

foreignTest(
  ["systemd-analyze"],
  "in zones that change clocks, the earliest and the latest timer elapse each night",
  async () => {
    const byTime = NAMES.toSorted((a, b) => minuteOf(a) - minuteOf(b));
    for (const host of [byTime.at(0)!, byTime.at(-1)!]) {
      const [, when] = /^OnCalendar=(.*)$/m.exec(timerUnit(host))!;
      for (
        const zone of [
          "Europe/Berlin",
          "Europe/Helsinki",
          "America/New_York",
          "Atlantic/Azores",
          "Antarctica/Troll",
        ]
      ) {
        for (const start of ["2027-03-01", "2027-10-01"]) {
          const { text } = await must("systemd-analyze", [
            "calendar",
            `--base-time=${start} 12:00:00`,
            "--iterations=40",
            when!,
          ], {
            env: { TZ: zone },
          });
          const days = [...text.matchAll(/(?:Next elapse|Iter\. #\d+): \w+ (\S+)/g)].map(([, day]) =>
            Date.parse(day!)
          );
          assert.equal(days.length, 40, text);
          for (const [at, day] of days.entries()) {
            assert.equal(
              day,
              days[0]! + at * DAY_MS,
              `${zone}: ${text}`,
            );
          }
        }
      }
    }
  },
);

function minuteOf(host: string): number {
  const { hour, minute } = momentOf(host);
  return hour * 60 + minute;
}
