/** For how many days things are kept. */
export interface Retention {
  /** A snapshot stays restorable for so many. */
  readonly days: number;
  /** What it shares with older snapshots may be so many days older than it. */
  readonly refreshDays: number;
}

/**
 * Returns how many days after it was stored an object expires. A snapshot is restorable for the retention from its receipt
 * on, which is stored last; what it shares with older snapshots is older by `refreshDays` at most, and its own first parts
 * by as long as the run took, for which a day is added.
 */
export function expiryDays({ days, refreshDays }: Retention): number {
  return days + refreshDays + 1;
}
