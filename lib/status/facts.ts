import type { DrilledRecord } from "../app/drilled_record.ts";
import type { VerifiedRecord } from "../app/verified_record.ts";
import type { RecipientState } from "./recipients.ts";
import type { Night } from "./night.ts";
import type { Finding } from "../verify/findings.ts";

/** What is known of one host, from listings, signed receipts and records of this machine. */
export interface HostFacts {
  /** Its name. */
  readonly host: string;
  /** Its snapshots, the oldest first. */
  readonly nights: readonly Night[];
  /** What a verification without content found. */
  readonly findings: readonly Pick<Finding, "kind" | "snapshot" | "what">[];
  /** Day until which the newest complete snapshot can be restored, such as `2026-11-28`; undefined if nothing removes it. */
  readonly restorableUntil: string | undefined;
  /** Bytes of its snapshots in the store, without receipts. */
  readonly stored: number;
  /** Keys of the config that it should seal to. */
  readonly recipients: readonly RecipientState[];
  /** Whether the config pins its signing key. */
  readonly pinned: boolean;
  /** Record of its verifications on this machine; undefined if there is none. */
  readonly verified: VerifiedRecord | undefined;
  /** Record of its last drill on this machine; undefined if there is none. */
  readonly drilled: DrilledRecord | undefined;
}
