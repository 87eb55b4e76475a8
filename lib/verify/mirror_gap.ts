import type { Host } from "../config/types.ts";
import { isRetentionOver } from "./retention.ts";

/** Snapshot, and the time at which the store received it. */
interface Received {
  readonly id: string;
  readonly storedAt: Date;
}

/**
 * Returns the snapshots of a store that a mirror lacks, the oldest first. Those whose retention is over do not count: the mirror may
 * have removed them already.
 */
export function lackedBy<Snapshot extends Received>(
  mirror: Iterable<Received>,
  store: Iterable<Snapshot>,
  host: Pick<Host, "retention">,
  now: Date,
): Snapshot[] {
  const there = new Set([...mirror].map(({ id }) => id));
  return [...store].filter((it) => !there.has(it.id) && !isRetentionOver(it, host, now))
    .sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime());
}
