/** How many snapshots before the newest say what is usual. */
export const USUAL = 14;

/** Below this number of snapshots in all, nothing is usual yet. */
const LEAST = 7;

/**
 * Returns what was usual before the newest of some values: the median of the {@link USUAL} before it. Undefined if there are
 * fewer than seven values in all.
 *
 * @param values the oldest first.
 */
export function usual(values: readonly number[]): number | undefined {
  if (values.length < LEAST) return undefined;
  return median(values.slice(0, -1).slice(-USUAL));
}

/** Returns the median: of an even number of values the mean of the two in the middle. Undefined for none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Returns the differences between neighbours. */
export function gaps(values: readonly number[]): number[] {
  return values.slice(1).map((value, at) => value - values[at]!);
}
