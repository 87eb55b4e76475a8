import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { type Night, nightOf } from "../snapshots/night.ts";
import type { StoreReader } from "../store/contract.ts";
import type { Finding } from "../verify/findings.ts";
import type { Restorable } from "../verify/retention.ts";
import { verify } from "../verify/verify.ts";

/** Facts about a host in a store, from its listing and signed receipts. */
export interface Survey {
  /** Snapshots, the oldest first. */
  readonly nights: readonly Night[];
  readonly findings: readonly Finding[];
  readonly restorable: readonly Restorable[];
}

/**
 * Looks at what a store has of a host. Only receipts are fetched, which are verified.
 *
 * @throws {StoreError} if the store cannot be read at all.
 */
export async function survey(host: Host, reader: StoreReader, run: Run): Promise<Survey> {
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
  return { nights, findings, restorable };
}
