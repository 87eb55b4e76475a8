import { bucketArn, type Policy, policy, type PolicyStatement } from "./policy.ts";

/** Name of the statement that refuses requests without TLS. */
export const TLS_ONLY = "NightdropTlsOnly";

/** Name of the statement that refuses puts which could overwrite. */
export const CREATE_ONLY = "NightdropCreateOnly";

/** Rule that refuses a put whose request has this header, or lacks it. */
type Refusal = readonly [sid: string, header: string, when: "absent" | "present"];

/**
 * Headers that no put into the bucket may have, not even a put of the owner.
 *
 * - Without `If-None-Match`, a put overwrites. The parts of a multipart upload have no such header, but the
 *   request that completes it does: `s3:ObjectCreationOperation` distinguishes them.
 * - With SSE-C, an object is encrypted with a key that only the intruder knows.
 * - An ACL could publish an object or give it away. Tags could select another lifecycle rule. A lock that the
 *   host chooses could be shorter than the bucket's, or keep garbage for a century at the owner's cost.
 */
const REFUSALS: readonly Refusal[] = [
  [CREATE_ONLY, "s3:if-none-match", "absent"],
  ["NightdropNoCustomerKey", "s3:x-amz-server-side-encryption-customer-algorithm", "present"],
  ["NightdropNoAcl", "s3:x-amz-acl", "present"],
  ["NightdropNoGrantRead", "s3:x-amz-grant-read", "present"],
  ["NightdropNoGrantWrite", "s3:x-amz-grant-write", "present"],
  ["NightdropNoGrantReadAcp", "s3:x-amz-grant-read-acp", "present"],
  ["NightdropNoGrantWriteAcp", "s3:x-amz-grant-write-acp", "present"],
  ["NightdropNoGrantFullControl", "s3:x-amz-grant-full-control", "present"],
  ["NightdropNoTags", "s3:RequestObjectTagKeys", "present"],
  ["NightdropNoLockMode", "s3:object-lock-mode", "present"],
  ["NightdropNoLockDate", "s3:object-lock-retain-until-date", "present"],
  ["NightdropNoLegalHold", "s3:object-lock-legal-hold", "present"],
];

/** Returns the policy of a host's bucket at Amazon. */
export function bucketPolicy(bucket: string, region: string): Policy {
  const arn = bucketArn(bucket, region);
  return policy(tlsOnly(arn), ...REFUSALS.map((it) => refusal(arn, it)));
}

/**
 * Returns the policy of a host's bucket at Ceph's gateway. 16.2 accepts conditions on absent or present
 * headers, but then refuses every put; so the policy has none of them.
 */
export function bucketPolicyOfCeph(bucket: string, region: string): Policy {
  return policy(tlsOnly(bucketArn(bucket, region)));
}

function tlsOnly(arn: string): PolicyStatement {
  return {
    Sid: TLS_ONLY,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

function refusal(arn: string, [Sid, header, when]: Refusal): PolicyStatement {
  const creates = when === "absent" ? { Bool: { "s3:ObjectCreationOperation": "true" } } : {};
  return {
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: `${arn}/*`,
    Condition: { Null: { [header]: String(when === "absent") }, ...creates },
  };
}
