import { DAY_MS } from "../model/day.ts";
import { TOLERANCE } from "./refresh.ts";

/** When a run takes place, as far as the host knows before it has put anything. */
export interface RunTime {
  /** The host's clock, in milliseconds. */
  readonly host: number;
  /** The store's clock, if the store reported it in this run. */
  readonly store: number | undefined;
}

/** Clock readings of the last run. */
export interface LastRun {
  /** When it ended, by the store's clock; null before the first. */
  readonly ended: number | null;
  /** By how much the store's clock was ahead of the host's. */
  readonly offset: number;
}

/**
 * What the store's clock says, as far as it is known: as the host's or as far from it as in the last run, whichever is the
 * least that is not before the end of that run. What is chosen is only a plan: before the receipt is stored, the store's
 * clock of this run decides.
 */
export function presentTime({ host, store }: RunTime, { ended, offset }: LastRun): number {
  if (store !== undefined) return store;
  const possible = [host, host + offset].filter((it) => ended === null || it >= ended - TOLERANCE);
  return possible.length > 0 ? Math.min(...possible) : ended!;
}

/**
 * The time that a new snapshot's id claims: the host's. No snapshot builds upon one whose id claims a later time, for
 * readers refuse that; so where the clock was set back a little, or is behind what the store has shown, it claims no less
 * than the last one.
 *
 * @param claimed by the newest snapshot so far.
 */
export function claimedTime(time: RunTime, last: LastRun, claimed: number): number {
  const { host } = time;
  return isSetBack(time, last) || host >= claimed - TOLERANCE ? Math.max(host, claimed) : host;
}

/** Whether the host's clock does not go on from where the last run saw it. */
export function isSetBack({ host, store }: RunTime, { ended }: LastRun): boolean {
  return store === undefined && ended !== null && host < ended - TOLERANCE;
}

/** Facts that explain why most volumes are too old. */
export interface Staleness {
  readonly host: number;
  readonly now: number;
  readonly ended: number | null;
  /** How many days old what a run builds upon may be, by the config, and by what the store has kept for certain. */
  readonly refreshDays: number;
  readonly keptDays: number;
  /** Whether the store has never reported its time. */
  readonly undated: boolean;
  /** Whether older snapshots claim a time that is still to come. */
  readonly isAhead: boolean;
}

/** Why that is so, for people. */
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
