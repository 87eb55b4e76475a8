import type { Run } from "../app/events.ts";
import { atStore } from "../config/copies.ts";
import type { Host, Mirror } from "../config/types.ts";
import { Failure, withHint } from "../model/failure.ts";
import type { Night } from "../snapshots/night.ts";
import { lackedBy } from "../verify/mirror_gap.ts";
import type { MirrorFacts } from "./facts.ts";
import type { ProofRecords } from "./proof.ts";
import type { Readers } from "./readers.ts";
import { survey } from "./survey.ts";

/**
 * Returns the facts about the mirrors of a host, from listings and signed receipts. A mirror that cannot be read is a fact about it.
 *
 * @param nights Snapshots in the store of the host.
 */
export async function mirrorFacts(
  host: Host,
  nights: readonly Night[],
  readers: Readers,
  records: ProofRecords,
  run: Run,
): Promise<MirrorFacts[]> {
  const facts: MirrorFacts[] = [];
  for (const mirror of host.mirrors) {
    const seen = await seenOf(host, mirror, nights, readers, run);
    facts.push({ name: mirror.name, ...seen, verified: records.verified(host, mirror) });
  }
  return facts;
}

/** Facts from the store of a mirror. */
type Seen = Omit<MirrorFacts, "name" | "verified">;

async function seenOf(
  host: Host,
  mirror: Mirror,
  nights: readonly Night[],
  { withReader, remembering }: Readers,
  run: Run,
): Promise<Seen> {
  const there = atStore(host, mirror.store);
  const look = async (reader: Parameters<typeof survey>[1]): Promise<Seen> => {
    const { nights: copies, findings } = await survey(there, reader, run);
    const lacked = lackedBy(copies, nights, host, run.now());
    // Of an empty mirror, nothing else is to be said.
    return { error: undefined, findings: copies.length === 0 ? [] : findings, lacked };
  };
  try {
    return await withReader(host, async (reader) => {
      const remembered = await remembering(there, reader);
      const first = await look(remembered ?? reader);
      const isGood = first.lacked.length === 0 && first.findings.every(({ kind }) => kind === "note");
      if (isGood || !remembered?.isPartial) return first;
      remembered.forget();
      return await look(remembered);
    }, mirror);
  } catch (error) {
    if (run.signal.aborted || !(error instanceof Failure)) throw error;
    return { error: withHint(error), findings: [], lacked: [] };
  }
}
