import type { MountPlace } from "../source/mounts.ts";

/** Entries of a declared path. */
export interface Held {
  /** Number of entries below it, except those on other mounts. */
  readonly entries: number;
  /** Whether something was mounted there. */
  readonly place: MountPlace;
  /** Digest of the rules that select its entries. */
  readonly rules: string;
  /** Mounts below it, with the number of entries of each. */
  readonly mounts: Readonly<Record<string, number>>;
  /** Whether it has lost all entries since, and a run has reported this. */
  readonly reported?: boolean;
}

/** Loss of a declared path: nearly all of it, so that it counts as missing, or most of it. */
export interface Loss {
  readonly kind: "all" | "most";
  /** Text that follows the path in a message. */
  readonly text: string;
}

/**
 * Minimum number of entries of a path whose loss is reported: a spool or a directory with one file is
 * sometimes empty.
 */
const MISSED = 10;

/** Number of entries from which on their share is significant. */
const COUNTED = 20;

/** Maximum share of entries that is left if nearly all are lost. */
const NEARLY_ALL = 0.05;

/** Share of entries below which most are lost. */
const MOST = 0.5;

/** Returns the loss of a declared path, from its entries before and now; undefined if there is none. */
export function lossOf(before: Held, now: Held): Loss | undefined {
  if (isUnmounted(before.place, now.place)) {
    return { kind: "all", text: "was a mount point in the last backup, and nothing is mounted there now" };
  }
  if (before.rules !== now.rules || now.entries >= before.entries) return undefined;
  const text = `held ${before.entries} entries in the last backup and holds ${now.entries} now`;
  const share = now.entries / before.entries;
  if (now.entries === 0) return { kind: before.entries >= MISSED ? "all" : "most", text };
  if (before.entries < COUNTED || share >= MOST) return undefined;
  return { kind: share <= NEARLY_ALL ? "all" : "most", text };
}

function isUnmounted(before: MountPlace, now: MountPlace): boolean {
  return (before === "mount" && now === "parent") || (before === "apart" && now === "root");
}
