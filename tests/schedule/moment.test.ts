import assert from "assert";
import { momentOf } from "../../lib/schedule/moment.ts";

Deno.test("a host has a time of its own between one and five, and always the same", () => {
  for (const host of ["web1.example.org", "db1.example.org", "x"]) {
    const { hour, minute } = momentOf(host);
    assert.ok(hour >= 1 && hour < 5 && minute >= 0 && minute < 60, `${host} ${hour}:${minute}`);
    assert.deepEqual(momentOf(host), { hour, minute });
  }
});

Deno.test("a fleet of a thousand comes spread over the night: no minute gets a tenth of a tenth of it", () => {
  const times = Array.from({ length: 1000 }, (_, at) => momentOf(`web${at}.example.org`));
  const crowds = Map.groupBy(times, ({ hour, minute }) => hour * 60 + minute);
  assert.ok(crowds.size > 200, `${crowds.size} different minutes of 240`);
  assert.ok(Math.max(...[...crowds.values()].map(({ length }) => length)) < 15);
});
