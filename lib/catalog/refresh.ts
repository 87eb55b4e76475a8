import { DAY_MS } from "../model/day.ts";

/** The least share of a tree that is worth re-sending. Less waits for a later run. */
const WORTH = 1 / 500;

/** How far a store's date may lie ahead of a later one before it is not believed. */
export const TOLERANCE = 60 * 60 * 1000;

/** What an entry takes in an archive and an index besides its content, roughly: re-sending directories is work, too. */
const ENTRY_BYTES = 1024;

/** Returns the bytes that it takes to send entries with so much content, before compression. */
export function entryWeight(entries: number, content: number): number {
  return content + entries * ENTRY_BYTES;
}

/** A volume that entries of the tree lie in. */
export interface Aged {
  readonly seq: number;
  /** When the store took it, by its own clock; null if it did not report it. */
  readonly taken: number | null;
  /** Bytes before compression that it takes to re-send its live entries. */
  readonly weight: number;
}

/** The unchanged content of older volumes that a run re-sends. */
export interface Refresh {
  /** Volumes that are too old. */
  readonly old: ReadonlySet<number>;
  /** Others of which all is sent. */
  readonly whole: ReadonlySet<number>;
  /** The one of which so many bytes are. */
  readonly partly: { readonly seq: number; readonly bytes: number } | undefined;
  /** How many bytes are due in this run, beyond what is too old; below zero where runs before did more. */
  readonly due: number;
}

/** When a run takes place. */
export interface RunTime {
  /** The store's clock, as far as it is known, in milliseconds. */
  readonly now: number;
  /** How long ago the run before was. */
  readonly elapsed: number;
  /** Bytes that runs before have sent beyond what was due; below zero where it was less. */
  readonly ahead: number;
}

/**
 * Whether the content of a volume need not be re-sent: it is at most `days` old. A date that is ahead of the store's
 * own clock proves nothing.
 */
export function isFresh(taken: number | null, now: number, days: number): boolean {
  return taken !== null && now - taken <= days * DAY_MS && taken - now <= TOLERANCE;
}

/**
 * The age in days from which a run does not build upon a volume any more: below `refreshDays` by what a run may take
 * until its receipt is stored.
 */
export function oldestToKeep(refreshDays: number): number {
  return refreshDays - Math.min(1, refreshDays / 8);
}

/**
 * Chooses what to re-send, oldest first: all that is too old, and so much more that no later run has to send
 * more than this one, if runs go on as often as they do. Whatever is sent, what is left has to be sent within the time
 * that is left to it; what comes to most for a run is due.
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
    // One more run than fits into the time that is left: the one that finds it too old.
    most = Math.max(most, elapsed > 0 ? sum * elapsed / (left + elapsed) : 0);
  }
  return most;
}
