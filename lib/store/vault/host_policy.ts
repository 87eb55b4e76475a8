import { keyPrefix } from "../key_prefix.ts";
import { allow, bucketArn, type Policy, policy, type PolicyStatement } from "./policy.ts";

/** Place in a bucket where a host puts its objects. */
export interface Slot {
  readonly bucket: string;
  readonly region: string;
  /** Directory without a slash at its ends; empty for the whole bucket. */
  readonly prefix: string;
}

/** Returns all that a user who only puts is allowed at Amazon. Amazon denies everything that no statement allows. */
export function putOnly(...slots: readonly Slot[]): Policy {
  return policy(putObjects(slots));
}

/**
 * Returns all that a user who only puts is allowed at Ceph's gateway. There every user is an account of its own, which owns
 * its uploads and may read, publish, tag and unlock them without any policy. So everything else is denied by
 * name: `NotAction` is accepted but ignored, and the gateway refuses a document with an action that it does
 * not know (seen with 16.2).
 *
 * No policy prevents owners from copying their upload into a part of another upload, one byte at a time; the
 * MD5 in the answer reveals the byte. So multipart uploads are denied: a put has the key of the condition,
 * empty if the header is absent, while the request that begins a multipart upload does not have it (seen with
 * 16.2).
 */
export function putOnlyOfOwnAccount(...slots: readonly Slot[]): Policy {
  return policy({ ...putObjects(slots), Condition: NO_PARTS }, nothingElse(["s3:PutObject"]), ...ACL_HEADERS);
}

/** Returns the statement that denies all actions of Ceph's gateway except these. */
export function nothingElse(allowed: readonly string[]): PolicyStatement {
  const Action = ["PutObject", ...OTHER_ACTIONS].map((name) => `s3:${name}`).filter((it) =>
    !allowed.includes(it)
  );
  return { Sid: "NightdropNothingElse", Effect: "Deny", Action, Resource: "*" };
}

/** Returns a policy that denies everything, also for sessions that began before the keys were removed. */
export function nothing(): Policy {
  return policy({ Sid: "NightdropRevoked", Effect: "Deny", Action: "*", Resource: "*" });
}

/** Returns a policy that denies everything, in a form that Ceph's gateway accepts. */
export function nothingOfOwnAccount(): Policy {
  const Action = ["PutObject", ...OTHER_ACTIONS].map((name) => `s3:${name}`);
  return policy({ Sid: "NightdropRevoked", Effect: "Deny", Action, Resource: "*" });
}

function putObjects(slots: readonly Slot[]): PolicyStatement {
  return allow("NightdropPut", ["s3:PutObject"], objectsOf(slots));
}

/** Returns the ARNs of the objects in these places, each once. */
export function objectsOf(slots: readonly Slot[]): string[] {
  const arns = slots.map(({ bucket, region, prefix }) =>
    `${bucketArn(bucket, region)}/${keyPrefix(prefix)}*`
  );
  return [...new Set(arns)];
}

/** Condition that denies multipart uploads at Ceph's gateway: see {@link putOnlyOfOwnAccount}. */
export const NO_PARTS: NonNullable<PolicyStatement["Condition"]> = { StringEquals: { "s3:x-amz-acl": "" } };

/** Headers with which a put would set an ACL. */
export const ACL_HEADERS: readonly PolicyStatement[] = [
  ["x-amz-acl", "public-*", "authenticated-*", "aws-*", "log-*"],
  ...["read", "write", "read-acp", "write-acp", "full-control"].map((right) => [`x-amz-grant-${right}`, "*"]),
].map(([header, ...values], at) => ({
  Sid: `NightdropNoAcl${at}`,
  Effect: "Deny",
  Action: "s3:PutObject",
  Resource: "*",
  Condition: { StringLike: { [`s3:${header}`]: values } },
}));

/** All actions of Ceph's gateway 16.2 except `PutObject`. */
export const OTHER_ACTIONS: readonly string[] = `
  GetObject GetObjectVersion GetObjectAcl GetObjectVersionAcl GetObjectTagging GetObjectVersionTagging
  GetObjectRetention GetObjectLegalHold PutObjectAcl PutObjectVersionAcl PutObjectTagging
  PutObjectVersionTagging PutObjectRetention PutObjectLegalHold BypassGovernanceRetention DeleteObject
  DeleteObjectVersion DeleteObjectTagging DeleteObjectVersionTagging RestoreObject ListMultipartUploadParts
  AbortMultipartUpload ListAllMyBuckets CreateBucket DeleteBucket ListBucket ListBucketVersions
  ListBucketMultipartUploads GetBucketAcl PutBucketAcl GetBucketPolicy PutBucketPolicy DeleteBucketPolicy
  GetBucketPolicyStatus GetBucketPublicAccessBlock PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock
  GetBucketVersioning PutBucketVersioning GetBucketObjectLockConfiguration PutBucketObjectLockConfiguration
  GetLifecycleConfiguration PutLifecycleConfiguration GetReplicationConfiguration PutReplicationConfiguration
  DeleteReplicationConfiguration GetBucketCORS PutBucketCORS GetBucketWebsite PutBucketWebsite
  DeleteBucketWebsite GetBucketTagging PutBucketTagging GetBucketNotification PutBucketNotification
  GetBucketLogging PutBucketLogging GetBucketRequestPayment PutBucketRequestPayment GetBucketLocation
  GetAccelerateConfiguration PutAccelerateConfiguration
`.trim().split(/\s+/);
