import { DAY_MS } from "../model/day.ts";
import type { NeededSnapshot } from "../model/receipt.ts";
import { snapshotTime } from "../model/snapshot.ts";
import type { Snapshot } from "./snapshots.ts";

/**
 * Maximum milliseconds by which the time in a needed snapshot's id may be later than that of the snapshot
 * that needs it. Hosts' clocks go wrong; a larger difference is damage.
 */
const CLOCK_LIMIT_MS = DAY_MS;

/**
 * Yields the flaws, in words, of the records of needed snapshots: volumes that these do not have, a newer
 * snapshot, or an order other than the newest first.
 *
 * @param needed Snapshots of `receipt.needs`, in that order; undefined for one that is missing.
 */
export function* needsFlaws(
  snapshot: Snapshot,
  needed: readonly (Snapshot | undefined)[],
): Generator<string> {
  for (const [at, older] of needed.entries()) {
    if (older === undefined) continue;
    const flaw = missingVolume(snapshot.receipt.needs[at]!, older);
    if (flaw !== undefined) yield flaw;
    if (!isOlder(older, snapshot)) yield `It needs ${older.id}, which is newer than itself`;
  }
  const found = needed.filter((it) => it !== undefined);
  const turned = found.findIndex((it, at) => at > 0 && isLater(it, found[at - 1]!));
  if (turned > 0) yield `It needs ${found[turned]!.id} below ${found[turned - 1]!.id}, which is older`;
}

function missingVolume({ snapshot, volumes }: NeededSnapshot, { receipt }: Snapshot): string | undefined {
  const last = volumes.at(-1)![1];
  const count = receipt.volumes.length + receipt.adopted.length;
  return last <= count ? undefined : `It needs volume ${last} of ${snapshot}, which has only ${count}`;
}

/** Whether one snapshot can refer to another. If a host's clock was wrong, the store's dates are right. */
function isOlder(older: Snapshot, newer: Snapshot): boolean {
  return timeOf(older) <= timeOf(newer) + CLOCK_LIMIT_MS && !isLater(older, newer);
}

/** Whether a snapshot is later than another by the host's clock and by the store's. */
function isLater(one: Snapshot, other: Snapshot): boolean {
  return timeOf(one) > timeOf(other) && one.storedAt > other.storedAt;
}

function timeOf({ id }: Snapshot): number {
  return snapshotTime(id)!.getTime();
}
