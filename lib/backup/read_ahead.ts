import { DirectoriesAhead } from "../source/ahead_reader.ts";
import { ringMemory } from "../source/ahead_ring.ts";
import { isTyped } from "../source/visit.ts";
import { workers } from "../workers/pool.ts";
import { ownDirectories } from "./host_tree.ts";
import type { FittedHost } from "./memory_profile.ts";
import type { PathHistory } from "./path_history.ts";
import { WALK_AHEAD } from "./walk_ahead.ts";

/**
 * Number of entries from which on a thread pays: it takes as much processor time to start as 7,000 entries, and 30 MB. A tree that was never
 * backed up is sent, which keeps all cores busy.
 */
const ENOUGH_ENTRIES = 20_000;

/**
 * Starts a thread that will read the directories of a host ahead of the walk, as soon as the walk begins. Returns undefined if the thread
 * does not pay.
 */
export function readAhead(
  host: FittedHost,
  history: Pick<PathHistory, "entries">,
): DirectoriesAhead | undefined {
  const { selection, jobs } = host;
  if (jobs === 1 || history.entries < ENOUGH_ENTRIES) return undefined;
  const memory = ringMemory();
  const thread = workers(1, 1);
  const ahead = new DirectoriesAhead(memory, isTyped(selection), () => thread[Symbol.dispose]());
  const listener = { answer: () => Promise.reject(), reported: () => {} };
  thread.run(WALK_AHEAD, { selection, own: ownDirectories(host), memory }, listener)
    .catch(() => ahead.abandon());
  return ahead;
}
