import type { MountPlace } from "../source/mounts.ts";

/** Entries that a declared path held. */
export interface Held {
  /** Entries below it, those of other mounts apart. */
  readonly entries: number;
  /** Whether something was mounted there. */
  readonly place: MountPlace;
  /** Digest of what says which of its entries are backed up. */
  readonly rules: string;
  /** Mounts below it, and how many entries each had. */
  readonly mounts: Readonly<Record<string, number>>;
  /** Whether it has lost everything since, and a run has said so. */
  readonly reported?: boolean;
}

/** Loss of a declared path: nearly all of it, so that it counts as missing, or most of it. */
export interface Loss {
  readonly kind: "all" | "most";
  /** Text that follows the path in a message. */
  readonly text: string;
}

/** From so many entries on a path that is empty is missed: a spool or a directory of one file is empty now and then. */
const MISSED = 10;

/** Number of entries from which on their share is significant. */
const COUNTED = 20;

/** With this share left, or less, nearly all is lost; with less than that, most. */
const NEARLY_ALL = 0.05;
const MOST = 0.5;

/** Compares what a declared path holds now with what it held. */
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
