import { DAY_MS } from "../model/day.ts";

/** Minimum share of a tree that is re-sent. Less waits for a later run. */
const WORTH = 1 / 500;

/** Maximum milliseconds by which a date of the store may lie ahead of a later one and still be trusted. */
export const TOLERANCE = 60 * 60 * 1000;

/**
 * Approximate bytes of an entry in an archive and an index besides its content: re-sending directories is
 * work, too.
 */
const ENTRY_BYTES = 1024;

/** Returns the bytes, before compression, of sending entries with `content` bytes of content. */
export function entryWeight(entries: number, content: number): number {
  return content + entries * ENTRY_BYTES;
}

/** Volume that contains entries of the tree. */
export interface Aged {
  readonly seq: number;
  /** Time at which the store received it, by its own clock; null if it did not report it. */
  readonly taken: number | null;
  /** Bytes, before compression, of re-sending its entries that are still in the tree. */
  readonly weight: number;
}

/** Unchanged content of older volumes that a run re-sends. */
export interface Refresh {
  /** Volumes that are too old. */
  readonly old: ReadonlySet<number>;
  /** Other volumes that are re-sent completely. */
  readonly whole: ReadonlySet<number>;
  /** Volume of which this many bytes are re-sent. */
  readonly partly: { readonly seq: number; readonly bytes: number } | undefined;
  /**
   * Number of bytes that are due in this run, beyond volumes that are too old; negative if earlier runs did
   * more.
   */
  readonly due: number;
}

/** Time of a run, relative to earlier runs. */
export interface RunTime {
  /** Store's clock, as far as it is known, in milliseconds. */
  readonly now: number;
  /** Milliseconds since the previous run. */
  readonly elapsed: number;
  /** Bytes that earlier runs have sent beyond what was due; negative if less. */
  readonly ahead: number;
}

/**
 * Whether the content of a volume need not be re-sent: it is at most `days` old. A date that is ahead of the
 * store's own clock proves nothing.
 */
export function isFresh(taken: number | null, now: number, days: number): boolean {
  return taken !== null && now - taken <= days * DAY_MS && taken - now <= TOLERANCE;
}

/**
 * Returns the age in days from which on a run does not build on a volume: `refreshDays` minus the time that a
 * run may take until its receipt is stored.
 */
export function oldestToKeep(refreshDays: number): number {
  return refreshDays - Math.min(1, refreshDays / 8);
}

/**
 * Chooses what to re-send, oldest first: everything that is too old, and enough more that no later run has to
 * send more than this one, if the interval between runs stays the same. For each volume, the content up to it
 * must be sent in the time that it has left. The volume that requires the highest rate determines what is
 * due.
 */
export function planRefresh(volumes: readonly Aged[], moment: RunTime, refreshDays: number): Refresh {
  const days = oldestToKeep(refreshDays);
  const { fresh = [], old = [] } = Object.groupBy(
    volumes,
    ({ taken }) => isFresh(taken, moment.now, days) ? "fresh" : "old",
  );
  fresh.sort((a, b) => a.taken! - b.taken! || a.seq - b.seq);
  const due = levelLoad(fresh, moment, days * DAY_MS) - moment.ahead;
  const plan = { old: new Set(old.map(({ seq }) => seq)), whole: new Set<number>(), due };
  const total = fresh.reduce((sum, { weight }) => sum + weight, 0);
  if (due < total * WORTH) return { ...plan, partly: undefined };
  let left = due;
  for (const { seq, weight } of fresh) {
    if (left < weight) return { ...plan, partly: left > 0 ? { seq, bytes: left } : undefined };
    plan.whole.add(seq);
    left -= weight;
  }
  return { ...plan, partly: undefined };
}

function levelLoad(oldestFirst: readonly Aged[], { now, elapsed }: RunTime, limit: number): number {
  let sum = 0;
  let most = 0;
  for (const { taken, weight } of oldestFirst) {
    sum += weight;
    const left = Math.max(0, limit - (now - taken!));
    // One run more than fits into the remaining time: the one that finds the volume too old.
    most = Math.max(most, elapsed > 0 ? sum * elapsed / (left + elapsed) : 0);
  }
  return most;
}
