/** Number of snapshots before the newest that determine the usual value. */
export const USUAL = 14;

/** Minimum number of snapshots for a usual value. */
const LEAST = 7;

/**
 * Returns the usual value before the newest of some values: the median of the {@link USUAL} values before it.
 * Undefined if there are fewer than seven values in total.
 *
 * @param values Values, the oldest first.
 */
export function usual(values: readonly number[]): number | undefined {
  if (values.length < LEAST) return undefined;
  return median(values.slice(0, -1).slice(-USUAL));
}

/** Returns the median; for an even number of values the mean of the middle two. Undefined for none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Returns the differences between consecutive values. */
export function gaps(values: readonly number[]): number[] {
  return values.slice(1).map((value, at) => value - values[at]!);
}
