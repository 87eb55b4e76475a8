import { numbered } from "./batches.ts";
import type { Entry } from "../model/entry.ts";
import { type SourcePack, unpackedSources } from "./source_pack.ts";
import type { SourceEntry } from "../source/walk.ts";
import { FATE, type VolumeMade } from "./volume.ts";

/** What is in a volume. */
export interface Member {
  /** As the walk found it. */
  readonly walked: SourceEntry;
  /** As it was archived: another object where that differs. */
  readonly archived: Entry;
}

/** What of the entries that were ordered is in the volume that was made of them, in order. */
export function* membersOf(entries: SourcePack, { fates, changed }: VolumeMade): Generator<Member> {
  for (const [at, walked] of numbered(unpackedSources(entries), 0)) {
    if (fates[at] !== FATE.LOST) yield { walked, archived: changed.get(at) ?? walked };
  }
}
