import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { backup } from "../../lib/backup/backup.ts";
import { compareClocks } from "../../lib/backup/clock.ts";
import type { Event } from "../../lib/app/events.ts";
import { directory, file } from "../source/tree.ts";
import { withScenario } from "../support/scenario.ts";

const NOW = new Date("2026-11-23T05:00:00Z");
const MINUTE = 60_000;

/** Reports for a store whose clock is so many milliseconds behind the host's. */
function reported(ahead: number | undefined): string[] {
  const events: Event[] = [];
  const run = {
    report: (event: Event) => events.push(event),
    signal: new AbortController().signal,
    now: () => NOW,
  };
  compareClocks(ahead === undefined ? undefined : new Date(NOW.getTime() - ahead), run);
  return events.flatMap((event) => event.event === "warning" ? [event.text] : []);
}

Deno.test("a clock that nearly agrees with the store's is not reported", () => {
  for (const ahead of [undefined, 0, MINUTE, -MINUTE, 2 * MINUTE]) assert.deepEqual(reported(ahead), []);
});

Deno.test("a clock that differs from the store's is reported with the direction and the difference", () => {
  assert.match(reported(10 * MINUTE)[0]!, /clock is 10 minutes ahead of the store's/);
  assert.match(reported(-3 * 60 * MINUTE)[0]!, /clock is 3 hours behind the store's/);
  assert.match(reported(2 * DAY_MS)[0]!, /clock is 48 hours ahead of the store's/);
});

Deno.test("a host whose clock is two days off backs up with a warning, and verify reports it, too", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const now = (): Date => new Date(Date.now() + 2 * DAY_MS);
    assert.equal((await backup(scenario.host, scenario.store.writer, { ...scenario.run, now })).unread, 0);
    assert.ok(scenario.events.some((it) => it.event === "warning" && /48 hours ahead/.test(it.text)));
    const { findings } = await scenario.verify({ identities: scenario.identities });
    assert.equal(findings.length, 1);
    assert.ok(
      findings.some(({ kind, what }) => kind === "damage" && /48\.0 hours/.test(what)),
      JSON.stringify(findings),
    );
  }));
