import { keyPrefix } from "../key_prefix.ts";
import type { Dialect } from "./description.ts";
import { nothingElse, type Slot } from "./host_policy.ts";
import { allow, bucketArn, policies, type Policy, policy, type PolicyStatement } from "./policy.ts";

const LISTS: readonly string[] = ["s3:ListBucket", "s3:ListBucketVersions"];
const EXPIRY = "s3:GetLifecycleConfiguration";
const GETS: readonly string[] = ["s3:GetObject", "s3:GetObjectVersion"];

/** Returns the policy of a user that reads the backups in these places, and can do nothing else. */
export function readerPolicy(slots: readonly Slot[], dialect: Dialect): Policy {
  return dialect === "amazon" ? readOnly(...slots) : readOnlyOfOwnAccount(...slots);
}

/** Returns the policies of a user that reads the backups in these places: at Amazon as many as the length of one requires. */
export function readerPolicies(slots: readonly Slot[], dialect: Dialect): Policy[] {
  return dialect === "amazon" ? policies(slots, readOnly) : [readerPolicy(slots, dialect)];
}

/** Returns all that a reading user is allowed at Amazon. Amazon denies everything that no statement allows. */
export function readOnly(...slots: readonly Slot[]): Policy {
  const buckets = Map.groupBy(slots, ({ bucket, region }) => bucketArn(bucket, region));
  const [open, shared]: [string[], [arn: string, prefixes: string[]][]] = [[], []];
  for (const [arn, slots] of buckets) {
    const prefixes = [...new Set(slots.map(({ prefix }) => `${keyPrefix(prefix)}*`))];
    if (prefixes.includes("*")) open.push(arn);
    else shared.push([arn, prefixes]);
  }
  const objects = [
    ...open.map((arn) => `${arn}/*`),
    ...shared.flatMap(([arn, all]) => all.map((it) => `${arn}/${it}`)),
  ];
  return policy(
    ...(open.length === 0 ? [] : [allow("NightdropList", [...LISTS, EXPIRY], open)]),
    // A condition on the prefix would refuse to read the expiry, which has none.
    ...(shared.length === 0 ? [] : [allow("NightdropExpiry", [EXPIRY], shared.map(([arn]) => arn))]),
    ...shared.map(([arn, prefixes], at): PolicyStatement => ({
      ...allow(`NightdropList${at}`, LISTS, [arn]),
      Condition: { StringLike: { "s3:prefix": prefixes } },
    })),
    allow("NightdropGet", GETS, objects),
  );
}

/**
 * Returns all that a reading user is allowed at Ceph's gateway, where every user is an account of its own: it could create
 * buckets. So everything else is denied by name (see `putOnlyOfOwnAccount`).
 */
function readOnlyOfOwnAccount(...slots: readonly Slot[]): Policy {
  return policy(...readOnly(...slots).Statement, nothingElse([...LISTS, EXPIRY, ...GETS]));
}
