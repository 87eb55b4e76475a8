/** Days for which snapshots and objects are kept. */
export interface Retention {
  /** Days that a snapshot stays restorable. */
  readonly days: number;
  /** Maximum age in days, relative to the snapshot, of volumes that it shares with older snapshots. */
  readonly refreshDays: number;
}

/**
 * Returns the number of days after which an object expires. A snapshot is restorable for `days` from its
 * receipt on, which is stored last. Volumes that it shares with older snapshots are at most `refreshDays`
 * older, and its own first parts are older by the duration of the run, for which one day is added.
 */
export function expiryDays({ days, refreshDays }: Retention): number {
  return days + refreshDays + 1;
}
