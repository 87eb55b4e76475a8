import type { Run } from "../app/events.ts";
import type { Records } from "../app/records.ts";
import type { Host } from "../config/types.ts";
import type { StoreReader } from "../store/contract.ts";
import type { Finding } from "../verify/findings.ts";
import { verify } from "../verify/verify.ts";
import type { HostFacts } from "./facts.ts";
import { isComplete, type Night, nightOf } from "../snapshots/night.ts";
import { oldKeys } from "./old_keys.ts";
import { recipientStates } from "./recipients.ts";

/** Records of verifications and drills. */
export type ProofRecords = Pick<Records, "verified" | "drilled">;

/**
 * Returns the facts about a host in a store, from its listing and its receipts, which are verified. Nothing
 * else is fetched.
 *
 * @throws {StoreError} if the store cannot be read at all.
 */
export async function gatherFacts(
  host: Host,
  reader: StoreReader,
  records: ProofRecords,
  run: Run,
): Promise<HostFacts> {
  const nights: Night[] = [];
  const findings: Finding[] = [];
  const { restorable } = await verify(
    host,
    reader,
    { content: false, onSnapshot: (snapshot) => nights.push(nightOf(snapshot)) },
    (finding) => findings.push(finding),
    { ...run, report: () => {} },
  );
  nights.sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime());
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
    verified: records.verified(host),
    drilled: records.drilled(host),
  };
}
