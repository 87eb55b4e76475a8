import { keyPrefix } from "../key_prefix.ts";
import type { Dialect } from "./description.ts";
import { OTHER_ACTIONS, type Slot } from "./host_policy.ts";
import { bucketArn, type Policy, policy, type PolicyStatement } from "./policy.ts";

const LISTS: readonly string[] = ["s3:ListBucket", "s3:ListBucketVersions"];
const EXPIRY = "s3:GetLifecycleConfiguration";
const GETS: readonly string[] = ["s3:GetObject", "s3:GetObjectVersion"];

/** Returns the policy of a user that reads the backups in these places, and can do nothing else. */
export function readerPolicy(slots: readonly Slot[], dialect: Dialect): Policy {
  return dialect === "amazon" ? readOnly(...slots) : readOnlyOfOwnAccount(...slots);
}

/** Maximum length of a managed policy at Amazon: "IAM and AWS STS quotas". */
const MAX_POLICY = 6144;

/** Returns the policies of a user that reads the backups in these places: at Amazon as many as the length of one requires. */
export function readerPolicies(slots: readonly Slot[], dialect: Dialect): Policy[] {
  const policies: Policy[] = [];
  let begin = 0;
  for (let end = 1; dialect === "amazon" && end < slots.length; end++) {
    if (JSON.stringify(readOnly(...slots.slice(begin, end + 1))).length <= MAX_POLICY) continue;
    policies.push(readOnly(...slots.slice(begin, end)));
    begin = end;
  }
  return [...policies, readerPolicy(slots.slice(begin), dialect)];
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
  const allowed = [...LISTS, EXPIRY, ...GETS];
  const Action = ["PutObject", ...OTHER_ACTIONS].map((name) => `s3:${name}`).filter((it) =>
    !allowed.includes(it)
  );
  const rest: PolicyStatement = { Sid: "NightdropNothingElse", Effect: "Deny", Action, Resource: "*" };
  return policy(...readOnly(...slots).Statement, rest);
}

function allow(Sid: string, actions: readonly string[], resources: readonly string[]): PolicyStatement {
  const Action = actions.length === 1 ? actions[0]! : actions;
  return { Sid, Effect: "Allow", Action, Resource: resources.length === 1 ? resources[0]! : resources };
}
