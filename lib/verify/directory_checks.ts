import type { Host } from "../config/types.ts";
import { DAY_MS } from "../model/day.ts";
import type { Finding } from "./findings.ts";
import { printable } from "../model/printable.ts";
import type { Receipt } from "../model/receipt.ts";
import type { Sample, StoredDirectory } from "../snapshots/directories.ts";
import { expiryDays } from "../model/retention.ts";

/** Difference in milliseconds between the clocks of the host and the store that is not reported. */
const CLOCK_TOLERANCE_MS = 60 * 60 * 1000;

/** Difference in milliseconds above which it is damage: the expiry has one day in reserve. */
const CLOCK_LIMIT_MS = DAY_MS;

/** Finding in one directory. */
export type Problem = Pick<Finding, "kind" | "what">;

/**
 * Yields findings for objects that were overwritten or deleted. Overwriting does no harm as long as the first
 * version is kept, so it is no damage; but it needs the credentials of the host. An object that was deleted
 * too early will be removed permanently.
 */
export function* tampering({ overwritten, hidden }: StoredDirectory, host: Host): Generator<Problem> {
  if (overwritten !== undefined) {
    const what =
      `Other bytes were put over ${listed(overwritten)}. What was stored first is there, and is what is ` +
      "read; but somebody has the host's credentials: revoke them, and look who reads the bucket";
    yield { kind: "warning", what };
  }
  if (hidden === undefined) return;
  const days = `${expiryDays(host.retention)} days`;
  const what =
    `Deleted before the ${days} are over, by somebody or by the bucket's expiry: ${listed(hidden)}. It can ` +
    "be restored until the provider removes it for good: do so, or have the markers taken away";
  yield { kind: "damage", what };
}

/** Yields a finding if the host's clock differs from the store's. */
export function* clocks(snapshot: Dated): Generator<Problem> {
  const apart = dateLag(snapshot);
  if (Math.abs(apart) <= CLOCK_TOLERANCE_MS) return;
  const hours = (Math.abs(apart) / 3_600_000).toFixed(1);
  const what = `The host says it ended ${hours} hours ${apart > 0 ? "before" : "after"} the store took it`;
  yield { kind: Math.abs(apart) > CLOCK_LIMIT_MS ? "damage" : "warning", what };
}

/** Snapshot with its dates: those of the store, and those of the host. */
export interface Dated {
  readonly id: string;
  readonly storedAt: Date;
  readonly receipt: Pick<Receipt, "finished">;
}

/** Whether a snapshot is dated so late that the host's clock is slow, or the store was copied. */
export function isLate(snapshot: Dated): boolean {
  return dateLag(snapshot) > CLOCK_LIMIT_MS;
}

/**
 * Whether snapshots are dated late because the store was copied. A slow clock is slow by the same time from one snapshot to
 * the next, but a copy dates all of them close together, however far apart the host says they are.
 */
export function isCopied(late: readonly Dated[]): boolean {
  const stored = spanOf(late.map(({ storedAt }) => storedAt.getTime()));
  const finished = spanOf(late.map(({ receipt }) => Date.parse(receipt.finished)));
  return stored < finished / 2;
}

/** Returns the difference between the latest and the earliest time; 0 for no times. */
function spanOf(times: readonly number[]): number {
  let [first, last] = [Infinity, -Infinity];
  for (const time of times) [first, last] = [Math.min(first, time), Math.max(last, time)];
  return Math.max(last - first, 0);
}

/** Yields the finding for a store that was copied. */
export function* copies(late: readonly Dated[]): Generator<Problem> {
  const what =
    `The store dates ${late.length} snapshots more than a day after the host ended, and closer together ` +
    "than the host does: the store was copied. Until when a snapshot can be restored is counted from the dates of " +
    "this store";
  yield { kind: "warning", what };
}

/** Returns the milliseconds from the end of the run, by the host's clock, to the date of the receipt, by the store's. */
function dateLag({ receipt, storedAt }: Dated): number {
  return storedAt.getTime() - Date.parse(receipt.finished);
}

/** Returns the name of the first object, and the number of others. */
function listed({ count, first }: Sample): string {
  const name = `"${printable(first)}"`;
  return count === 1 ? name : `${name} and ${count - 1} more`;
}
