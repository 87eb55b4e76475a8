import assert from "node:assert/strict";
import fc from "fast-check";
import { DAY_MS } from "../../lib/model/day.ts";
import { type Aged, isFresh, oldestToKeep, planRefresh } from "../../lib/catalog/refresh.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");

function aged(seq: number, days: number | null, weight = 1000): Aged {
  return { seq, taken: days === null ? null : NOW - days * DAY_MS, weight };
}

/** How much of a tree that was sent at once is sent anew in each of so many runs. */
function loads(refreshDays: number, interval: number, runs: number): number[] {
  const tree = Array.from({ length: 1000 }, (_, at) => ({ ...aged(at, 0), taken: 0 }));
  let ahead = 0;
  return Array.from({ length: runs }, (_, at) => {
    const now = (at + 1) * interval * DAY_MS;
    const { old, whole, due } = planRefresh(tree, { now, elapsed: interval * DAY_MS, ahead }, refreshDays);
    ahead = whole.size * 1000 - due;
    for (const seq of [...old, ...whole]) tree[seq] = { ...tree[seq]!, taken: now };
    for (const { taken } of tree) assert.ok(isFresh(taken, now, refreshDays));
    return old.size + whole.size;
  });
}

Deno.test("a volume is fresh up to its days, and never when its date is unknown or still to come", () => {
  const taken = NOW - 30 * DAY_MS;
  assert.ok(isFresh(taken, NOW, 30) && !isFresh(taken - 1, NOW, 30));
  assert.ok(!isFresh(null, NOW, 30));
  assert.ok(isFresh(NOW + 1000, NOW, 30) && !isFresh(NOW + DAY_MS, NOW, 30));
});

Deno.test("volumes that are too old, undated or dated in the future are re-sent completely", () => {
  const volumes = [aged(1, 29.5), aged(2, null), aged(3, -2), aged(4, 5)];
  const { old } = planRefresh(volumes, { now: NOW, elapsed: 0, ahead: 0 }, 30);
  assert.deepEqual([...old].sort(), [1, 2, 3]);
});

Deno.test("right after a run nothing is due", () => {
  const plan = planRefresh([aged(1, 3), aged(2, 20)], { now: NOW, elapsed: 0, ahead: 0 }, 30);
  assert.deepEqual([plan.old.size, plan.whole.size, plan.partly, plan.due], [0, 0, undefined, 0]);
});

Deno.test("a small amount that is due waits until it fills a volume", () => {
  const moment = { now: NOW, elapsed: DAY_MS / 48, ahead: 0 };
  const soon = planRefresh([aged(1, 3), aged(2, 20)], moment, 30);
  assert.ok(soon.due > 0 && soon.whole.size === 0 && soon.partly === undefined);
  const later = planRefresh([aged(1, 3), aged(2, 20)], { ...moment, ahead: -3 * soon.due }, 30);
  assert.ok(later.partly !== undefined);
});

Deno.test("the oldest go first, and one volume in part", () => {
  const plan = planRefresh(
    [aged(1, 1), aged(2, 20), aged(3, 10)],
    { now: NOW, elapsed: 5 * DAY_MS, ahead: 0 },
    30,
  );
  assert.deepEqual([...plan.whole], []);
  assert.equal(plan.partly!.seq, 2);
  assert.ok(plan.partly!.bytes >= 357 && plan.partly!.bytes < 500, `${plan.partly!.bytes}`);
});

Deno.test("bytes sent beyond the due amount count for the next run", () => {
  const volumes = [aged(1, 20)];
  const { due } = planRefresh(volumes, { now: NOW, elapsed: DAY_MS, ahead: 0 }, 30);
  const next = planRefresh(volumes, { now: NOW, elapsed: DAY_MS, ahead: 2 * due }, 30);
  assert.deepEqual([next.partly, next.due], [undefined, -due]);
});

for (const [refreshDays, interval] of [[30, 1], [30, 1 / 24], [30, 7], [7, 1], [90, 1], [3, 0.25]] as const) {
  Deno.test(`with a run every ${interval} days, each of a cycle of ${refreshDays} sends at most twice the mean`, () => {
    const sent = loads(refreshDays, interval, Math.ceil(3 * refreshDays / interval));
    const mean = 1000 * interval / oldestToKeep(refreshDays);
    // A volume more or less is chance.
    for (const [at, load] of sent.entries()) {
      assert.ok(load <= 2 * mean + 1, `run ${at}: ${load}, mean ${mean}`);
    }
  });
}

Deno.test("for any ages and intervals, no kept volume exceeds the maximum age", () => {
  const volume = fc.record({ seq: fc.nat(), taken: fc.option(fc.nat(100 * DAY_MS)), weight: fc.nat(1e9) });
  fc.assert(
    fc.property(
      fc.uniqueArray(volume, { selector: ({ seq }) => seq }),
      fc.nat(200 * DAY_MS),
      fc.nat(50 * DAY_MS),
      fc.nat(1e9),
      fc.integer({ min: 1, max: 90 }),
      (volumes, now, elapsed, ahead, refreshDays) => {
        const { old, whole, partly } = planRefresh(volumes, { now, elapsed, ahead }, refreshDays);
        for (const { seq, taken } of volumes) assert.ok(old.has(seq) || isFresh(taken, now, refreshDays));
        assert.ok([...whole].every((seq) => !old.has(seq)) && (!partly || !whole.has(partly.seq)));
      },
    ),
  );
});
