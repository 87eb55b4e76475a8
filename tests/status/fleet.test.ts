/** A fleet over 200 nights, with one cause for each rule planted in some hosts: each is found on its day, and nothing else is. */
import assert from "node:assert/strict";
import { DEFAULT_ALERTS } from "../../lib/config/alerts.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import type { Night } from "../../lib/snapshots/night.ts";
import { alertsOf, usualInterval } from "../../lib/status/rules.ts";
import { CAUSES, FIRST, night, PLANTED, proofOf, SimulatedHost } from "../../scripts/simulate/fleet.ts";
import { facts, named } from "./nights.ts";

const [HOSTS, NIGHTS, KEPT] = [60, 200, 90];

Deno.test("every planted cause is found on its day, and a healthy host raises nothing in 200 nights", () => {
  const causes = Object.entries(CAUSES);
  for (let host = 0; host < HOSTS; host++) {
    const [name, cause] = causes[host < 20 ? host : causes.length] ?? ["healthy", undefined];
    const simulated = new SimulatedHost(host + 1);
    const kept: Night[] = [];
    for (let day = 0; day < NIGHTS; day++) {
      const since = day - PLANTED;
      const planted = since >= 0 ? cause : undefined;
      const healthy = simulated.night(day);
      const changes = planted?.change === undefined ? {} : planted.change(healthy, since);
      if (changes !== undefined) kept.push({ ...healthy, ...changes });
      kept.splice(0, kept.length - KEPT);
      const proof = proofOf(name, night(day).storedAt);
      const it = facts({ host: name, nights: kept, ...proof, ...planted?.facts?.(since) });
      const now = new Date(FIRST + day * DAY_MS + 7 * 3_600_000 + 3_600_000);
      const found = named(
        alertsOf({ facts: it, thresholds: DEFAULT_ALERTS, interval: usualInterval(kept), now }),
      );
      if (planted === undefined) assert.deepEqual(found, [], `${name} ${host}, day ${day}`);
      const first = Math.min(...Object.keys(planted?.expected ?? {}).map(Number));
      if (planted !== undefined && since < first) {
        assert.deepEqual(found, [], `${name} ${host}, day ${since}`);
      }
      const expected = planted?.expected[since];
      if (expected !== undefined) {
        assert.ok(found.includes(expected), `${name} ${host}, day ${since}: ${found}`);
      }
    }
  }
});
