import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import type { StoreReader } from "../store/contract.ts";
import type { HostFacts } from "./facts.ts";
import { mirrorFacts } from "./mirrors.ts";
import { isComplete } from "../snapshots/night.ts";
import { oldKeys } from "./old_keys.ts";
import type { ProofRecords } from "./proof.ts";
import { recipientStates } from "./recipients.ts";
import type { Readers } from "./readers.ts";
import { survey } from "./survey.ts";

/**
 * Returns the facts about a host in a store and its mirrors, from listings and receipts, which are verified. Nothing else is fetched.
 *
 * @throws {StoreError} if the store cannot be read at all.
 */
export async function gatherFacts(
  host: Host,
  reader: StoreReader,
  readers: Readers,
  records: ProofRecords,
  run: Run,
): Promise<HostFacts> {
  const { nights, findings, restorable } = await survey(host, reader, run);
  const recipients = await recipientStates(host, run);
  const last = nights.findLast(isComplete)?.id;
  return {
    host: host.name,
    nights,
    findings,
    restorableUntil: restorable.find(({ snapshot }) => snapshot === last)?.until,
    stored: nights.reduce((sum, { stored }) => sum + stored, 0),
    recipients,
    oldKeys: oldKeys(nights, restorable, recipients),
    pinned: host.signers.length > 0,
    mirrors: await mirrorFacts(host, nights, readers, records, run),
    verified: records.verified(host),
    drilled: records.drilled(host),
  };
}
