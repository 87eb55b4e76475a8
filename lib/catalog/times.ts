import { DAY_MS } from "../model/day.ts";
import { TOLERANCE } from "./refresh.ts";

/** Time of a run, as far as the host knows it before it has put anything. */
export interface RunTime {
  /** Host's clock in milliseconds. */
  readonly host: number;
  /** Store's clock in milliseconds; undefined if the store has not reported it in this run. */
  readonly store: number | undefined;
}

/** Clock readings of the last run. */
export interface LastRun {
  /** End of the run by the store's clock; null before the first run. */
  readonly ended: number | null;
  /** Milliseconds by which the store's clock was ahead of the host's. */
  readonly offset: number;
}

/**
 * Returns the time of the store's clock, as far as it is known. If the store has not reported it, it is
 * estimated: the host's clock, with or without the offset of the last run, whichever is the earliest that is
 * not before the end of that run. This is only for planning: before the receipt is stored, the store's clock
 * in this run decides.
 */
export function presentTime({ host, store }: RunTime, { ended, offset }: LastRun): number {
  if (store !== undefined) return store;
  const possible = [host, host + offset].filter((it) => ended === null || it >= ended - TOLERANCE);
  return possible.length > 0 ? Math.min(...possible) : ended!;
}

/**
 * Returns the time that the id of a new snapshot claims: that of the host's clock. No snapshot builds on one
 * whose id claims a later time, because readers refuse this. So if the clock was set back a little, or is
 * behind the times that the store has reported, the id claims at least the time of the last one.
 *
 * @param claimed Time claimed by the newest snapshot so far.
 */
export function claimedTime(time: RunTime, last: LastRun, claimed: number): number {
  const { host } = time;
  return isSetBack(time, last) || host >= claimed - TOLERANCE ? Math.max(host, claimed) : host;
}

/** Whether the host's clock is before the end of the last run. */
export function isSetBack({ host, store }: RunTime, { ended }: LastRun): boolean {
  return store === undefined && ended !== null && host < ended - TOLERANCE;
}

/** Facts that explain why most volumes are too old. */
export interface Staleness {
  readonly host: number;
  readonly now: number;
  readonly ended: number | null;
  /** Maximum age in days of volumes that a run builds on, by the config. */
  readonly refreshDays: number;
  readonly keptDays: number;
  /** Whether the store has never reported its time. */
  readonly undated: boolean;
  /** Whether older snapshots claim a time in the future. */
  readonly isAhead: boolean;
}

/** Returns the reason for these facts, for people. */
export function staleReason(
  { host, now, ended, refreshDays, keptDays, undated, isAhead }: Staleness,
): string {
  if (undated) return "the store does not report when it takes objects";
  if (ended !== null && host < ended - TOLERANCE) {
    return `this host's clock says ${iso(host)}, and the last backup ended at ${
      iso(ended)
    }: one of both is wrong, so the ` +
      "age of what is stored is not known";
  }
  if (isAhead) {
    return `this host's clock says ${
      iso(host)
    }, and the last backup claims to be later: the clock was ahead then, or is ` +
      "behind now";
  }
  const limit = Math.min(refreshDays, keptDays);
  if (ended !== null && now - ended > limit * DAY_MS / 2) {
    const days = Math.round((now - ended) / DAY_MS);
    const why = keptDays < refreshDays ? ", which the store kept until the retention was raised," : "";
    return `by its clock, this host was last backed up ${days} days ago, at ${
      iso(ended)
    }, and what is older than ` +
      `${limit} days${why} is sent again. If that is not true, check the clock`;
  }
  return `it was stored more than ${refreshDays} days ago`;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
