/**
 * Policies of the user who puts copies of backups into a mirror, or into the store of pins, from the owner's machine.
 *
 * @module
 */
import type { Dialect } from "./description.ts";
import {
  ACL_HEADERS,
  nothingElse,
  objectsOf,
  putOnly,
  putOnlyOfOwnAccount,
  type Slot,
} from "./host_policy.ts";
import { allow, bucketArn, policies, type Policy, policy } from "./policy.ts";

/** Kind of a store with copies. */
export type CopyKind = "mirror" | "pins";

/** Place that copies are put into. */
export interface CopySlot extends Slot {
  /** Place of the backups that the server copies into the store of pins, if it can; undefined in a mirror. */
  readonly from?: Slot | undefined;
}

const PUTS: readonly string[] = ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"];
const VERSIONS = "s3:ListBucketVersions";
const GETS: readonly string[] = ["s3:GetObject", "s3:GetObjectVersion"];

/** Returns the policies of a user who puts copies into these places: at Amazon as many as the length of one requires. */
export function writerPolicies(kind: CopyKind, slots: readonly CopySlot[], dialect: Dialect): Policy[] {
  return kind === "pins" ? pinsPolicies(slots, dialect) : mirrorPolicies(slots, dialect);
}

/** Returns the policies of a user who may put into mirrors, and nothing else. */
function mirrorPolicies(slots: readonly CopySlot[], dialect: Dialect): Policy[] {
  return dialect === "amazon" ? policies(slots, putOnly) : [putOnlyOfOwnAccount(...slots)];
}

/**
 * Returns the policies of a user who may put and remove pins, and read what the server copies there. At Ceph's gateway
 * everything else is denied by name, because every user is an account of its own.
 */
function pinsPolicies(slots: readonly CopySlot[], dialect: Dialect): Policy[] {
  if (dialect === "amazon") return policies(slots, pinning);
  const { Statement } = pinning(...slots);
  return [policy(...Statement, nothingElse([...PUTS, VERSIONS, ...GETS]), ...ACL_HEADERS)];
}

function pinning(...slots: readonly CopySlot[]): Policy {
  const buckets = [...new Set(slots.map(({ bucket, region }) => bucketArn(bucket, region)))];
  const sources = slots.flatMap(({ from }) => from === undefined ? [] : [from]);
  return policy(
    allow("NightdropPin", PUTS, objectsOf(slots)),
    allow("NightdropVersions", [VERSIONS], buckets),
    ...(sources.length === 0 ? [] : [allow("NightdropCopy", GETS, objectsOf(sources))]),
  );
}
