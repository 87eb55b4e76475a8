import type { DrilledRecord } from "../app/drilled_record.ts";
import type { VerifiedRecord } from "../app/verified_record.ts";
import type { OldKey } from "./old_keys.ts";
import type { RecipientState } from "./recipients.ts";
import type { Night } from "../snapshots/night.ts";
import type { Finding } from "../verify/findings.ts";

/** Facts about a mirror of a host, from its listing and the signed receipts in it. */
export interface MirrorFacts {
  /** Name in the config. */
  readonly name: string;
  /** Reason why it could not be read; undefined if it was. */
  readonly error: string | undefined;
  /** Findings of a verification without content. */
  readonly findings: HostFacts["findings"];
  /** Snapshots of the store that it lacks, the oldest first. */
  readonly lacked: readonly Pick<Night, "storedAt">[];
  /** Record of its verifications on this machine; undefined if there is none. */
  readonly verified: VerifiedRecord | undefined;
}

/** Facts about one host, from listings, signed receipts and records of this machine. */
export interface HostFacts {
  /** Name of the host. */
  readonly host: string;
  /** Snapshots, the oldest first. */
  readonly nights: readonly Night[];
  /** Findings of a verification without content. */
  readonly findings: readonly Pick<Finding, "kind" | "snapshot" | "what">[];
  /**
   * Day until which the newest complete snapshot can be restored, such as `2026-11-28`; undefined if its
   * objects never expire.
   */
  readonly restorableUntil: string | undefined;
  /** Size of its snapshots in the store in bytes, without receipts. */
  readonly stored: number;
  /** Keys of the config that the host should encrypt to. */
  readonly recipients: readonly RecipientState[];
  /** Keys that the config no longer names and that restorable snapshots need. */
  readonly oldKeys: readonly OldKey[];
  /** Whether the config pins its signing key. */
  readonly pinned: boolean;
  /** Its mirrors in the config. */
  readonly mirrors: readonly MirrorFacts[];
  /** Record of its verifications on this machine; undefined if there is none. */
  readonly verified: VerifiedRecord | undefined;
  /** Record of its last drill on this machine; undefined if there is none. */
  readonly drilled: DrilledRecord | undefined;
}
