/** What `verify` finds in the dates of a store that was copied, or of a host whose clock is wrong. */
import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { History } from "../../lib/verify/history.ts";
import type { Host } from "../../lib/config/types.ts";
import type { StoredDirectory } from "../../lib/snapshots/directories.ts";
import { receiptName } from "../../lib/model/name.ts";
import type { Snapshot } from "../../lib/snapshots/snapshots.ts";
import { emptyReceipt, idAt } from "../support/forger.ts";

const START = Date.UTC(2026, 10, 1);
const NOW = new Date(START + 20 * DAY_MS);
const host = { signers: [], acknowledged: [], retention: { days: 30, refreshDays: 30 } } as unknown as Host;

/** A chain of snapshots, one a day, that the store dates by `stored` days after the start. */
function history(stored: readonly number[], finished = (day: number): number => day): History {
  const made = new History();
  for (const [day, date] of stored.entries()) {
    const link = (number: number) => ({
      snapshot: idAt("20261101T000000", number * 16),
      commitment: `${number}`,
    });
    const snapshot: Snapshot = {
      id: link(day).snapshot,
      host: "web1",
      receiptName: receiptName("0".repeat(64)),
      commitment: `${day}`,
      storedAt: new Date(START + date * DAY_MS),
      pinned: true,
      receipt: emptyReceipt({
        finished: new Date(START + finished(day) * DAY_MS).toISOString(),
        previous: day === 0 ? null : link(day - 1),
      }),
    };
    made.add(snapshot);
  }
  return made;
}

function found(made: History): string[] {
  return [...made.findings(host, NOW)].map(({ kind, what }) => `${kind}: ${what}`);
}

Deno.test("a store whose dates are those of the runs has nothing to report", () => {
  assert.deepEqual(found(history([0, 1, 2, 3])), []);
});

Deno.test("a store that was copied in its order a week later is one warning", () => {
  const what = found(history([10, 10.001, 10.002, 10.003]));
  assert.equal(what.length, 1);
  assert.match(
    what[0]!,
    /^warning: The store dates 4 snapshots more than a day after the host ended.*was copied/,
  );
});

Deno.test("a store that was copied is distinguished from a slow clock, however close together its snapshots are", () => {
  const seconds = (day: number): number => day / 86_400;
  const what = found(history([7, 7, 7], seconds));
  assert.equal(what.length, 1);
  assert.match(what[0]!, /^warning: .*the store was copied/);
});

Deno.test("a store that was copied in another order is a warning, and its chain is complete", () => {
  for (const dates of [[3.1, 3.2, 3.3, 3.0], [10.3, 10.2, 10.1, 10], [1e-3, 0, 2e-3, 3e-3]]) {
    const what = found(history(dates));
    assert.ok(what.every((it) => it.startsWith("warning: ")), what.join("\n"));
    assert.match(what[0]!, /^warning: The store's dates contradict the chain of receipts/);
  }
});

Deno.test("a host whose clock is slow by days is damage of each snapshot, not a copy", () => {
  const what = found(history([0, 1, 2], (day) => day - 2));
  assert.equal(what.length, 3);
  assert.ok(
    what.every((it) => /^damage: The host says it ended 48\.0 hours before the store took it/.test(it)),
  );
});

Deno.test("an interrupted run is distinguished from a receipt that was removed, in a copied store by the ids", () => {
  const directory = (number: number, day: number): StoredDirectory => ({
    id: idAt("20261101T000000", number),
    hasIndex: true,
    latest: new Date(START + day * DAY_MS),
  } as StoredDirectory);
  const kinds = (made: History): string[] => [...made.headless()].map(({ kind }) => kind);
  const whole = history([0, 1, 2]);
  whole.addUnfinished(directory(1000, 1.5));
  whole.addUnfinished(directory(1001, 2.5));
  assert.deepEqual(kinds(whole), ["note", "damage"]);
  const copied = history([12, 11, 10]);
  copied.addUnfinished(directory(24, 13));
  copied.addUnfinished(directory(1000, 9));
  assert.deepEqual(kinds(copied), ["note", "damage"]);
});
