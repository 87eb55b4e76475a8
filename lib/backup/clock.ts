import type { Run } from "../app/events.ts";

/** Difference that is not reported: answers of servers have a resolution of one second, and take a while. */
const TOLERANCE_MS = 2 * 60 * 1000;

/**
 * Reports it if the host's clock disagrees with the store's. Snapshots are named by the one and expire by the other, and a server
 * of S3 refuses requests that are a quarter of an hour off.
 *
 * @param taken When the store has just taken an object, by its own clock; undefined if it did not report it.
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
