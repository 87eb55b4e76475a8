import type { Run } from "../app/events.ts";

/**
 * Maximum difference in milliseconds that is not reported: answers of servers have a resolution of one
 * second, and take time.
 */
const TOLERANCE_MS = 2 * 60 * 1000;

/**
 * Warns if the host's clock differs from the store's. Snapshots are named by the host's clock and expire by
 * the store's, and an S3 server refuses requests that are a quarter of an hour off.
 *
 * @param taken Time at which the store has just received an object, by its own clock; undefined if it did not
 *   report it.
 */
export function compareClocks(taken: Date | undefined, run: Run): void {
  if (taken === undefined) return;
  const ahead = run.now().getTime() - taken.getTime();
  if (Math.abs(ahead) <= TOLERANCE_MS) return;
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  const length = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  const side = ahead > 0 ? "ahead of" : "behind";
  run.report({
    event: "warning",
    text: `This host's clock is ${length} ${side} the store's: set it, by NTP`,
  });
}
