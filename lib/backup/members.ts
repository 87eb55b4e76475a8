import { numbered } from "./batches.ts";
import type { Entry } from "../model/entry.ts";
import { type SourcePack, unpackedSources } from "./source_pack.ts";
import type { SourceEntry } from "../source/walk.ts";
import type { VolumeMade } from "./volume.ts";
import { EntryStatus } from "./volume_summary.ts";

/** Member of a volume. */
export interface SourceMember {
  /** Entry as the walk found it. */
  readonly walked: SourceEntry;
  /** Entry as it was archived: another object if it differs. */
  readonly archived: Entry;
}

/** Yields the ordered entries that are in the volume, in order. */
export function* membersOf(entries: SourcePack, { statuses, changed }: VolumeMade): Generator<SourceMember> {
  for (const [at, walked] of numbered(unpackedSources(entries), 0)) {
    if (statuses[at] !== EntryStatus.LOST) yield { walked, archived: changed.get(at) ?? walked };
  }
}
