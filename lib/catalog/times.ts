import { DAY, TOLERANCE } from "./refresh.ts";

/** When a run takes place, as far as the host knows before it has put anything. */
export interface RunTime {
  /** The host's clock, in milliseconds. */
  readonly host: number;
  /** The store's, where it was told in this run. */
  readonly store: number | undefined;
}

/** What the last run has left behind of clocks. */
export interface LastRun {
  /** When it ended, by the store's clock; null before the first. */
  readonly ended: number | null;
  /** By how much the store's clock was ahead of the host's. */
  readonly offset: number;
}

/**
 * What the store's clock says, as far as it is known: as the host's or as far from it as in the last run, whichever is the
 * least that is not before the end of that run. So a clock that was wrong in one run does not mislead the next. What is
 * chosen is only a plan: before the receipt is stored, the store's clock of this run decides.
 */
export function presentTime({ host, store }: RunTime, { ended, offset }: LastRun): number {
  if (store !== undefined) return store;
  const possible = [host, host + offset].filter((it) => ended === null || it >= ended - TOLERANCE);
  return possible.length > 0 ? Math.min(...possible) : ended!;
}

/** What is known of when something was stored, by the store's clock. */
export interface Dated {
  /** When the store says that it took it; null where it does not. */
  readonly taken: number | null;
  /** When the run before had ended; null where there was none. */
  readonly since: number | null;
}

/**
 * The time from which the age of something counts, which is never later than it was stored. A date that lies ahead of the
 * clock proves nothing; then it counts from the end of the run before, which is known to have been earlier.
 *
 * @param expires whether the store removes things by its dates. Where it does, a date that is too early counts, too.
 */
export function storedAt({ taken, since }: Dated, now: number, expires: boolean): number | null {
  const possible = [taken, since].map((it) => it !== null && it <= now + TOLERANCE ? it : null);
  const [own, before] = possible;
  if (taken === null) return null;
  if (own === null || own === undefined) return before ?? null;
  return expires ? own : Math.max(own, before ?? own);
}

/** What makes all that is known, or most of it, too old. */
export interface Staleness {
  readonly host: number;
  readonly now: number;
  readonly ended: number | null;
  /** How many days old what a run builds upon may be, by the config, and by what the store has kept for certain. */
  readonly refreshDays: number;
  readonly keptDays: number;
  /** Whether the store has never reported its time. */
  readonly undated: boolean;
}

/** Why that is so, for people. */
export function staleReason({ host, now, ended, refreshDays, keptDays, undated }: Staleness): string {
  if (undated) return "the store does not report when it takes objects";
  if (ended !== null && host < ended - TOLERANCE) {
    return `this host's clock says ${iso(host)}, and the last backup ended at ${
      iso(ended)
    }: one of both is wrong, so the ` +
      "age of what is stored is not known";
  }
  if (ended !== null && now - ended > Math.min(refreshDays, keptDays) * DAY / 2) {
    const days = Math.round((now - ended) / DAY);
    return `by its clock, this host was last backed up ${days} days ago, at ${
      iso(ended)
    }, and what is older than ` +
      `${Math.min(refreshDays, keptDays)} days is sent again. If that is not true, check the clock`;
  }
  if (keptDays < refreshDays) {
    return `the store has kept objects for no more than ${keptDays} days until the retention was raised`;
  }
  return `it was stored more than ${refreshDays} days ago`;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
