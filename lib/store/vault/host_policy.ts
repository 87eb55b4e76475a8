import { keyPrefix } from "../key_prefix.ts";
import { bucketArn, type Policy, policy, type PolicyStatement } from "./policy.ts";

/** Where a host may put its objects. */
export interface Slot {
  readonly bucket: string;
  readonly region: string;
  /** Without a slash at its ends; empty for the whole bucket. */
  readonly prefix: string;
}

/** The host's whole power at Amazon: what no statement allows is denied there. */
export function putOnly(slot: Slot): Policy {
  return policy(putObjects(slot));
}

/**
 * The same for Ceph's gateway. To it every user is an account of its own that owns what it uploads, and may read,
 * publish, tag and unlock that without any policy. So everything else is denied by name: `NotAction` is taken and
 * ignored, and an action that it does not know makes it refuse the whole document (seen with 16.2).
 *
 * No policy keeps an owner from copying what he uploaded into a part of an upload, one byte at a time, and the answer
 * tells the byte by its MD5. So there is no upload in parts: a put has the condition's key, empty where the header is
 * absent, and the request that begins an upload has it not (seen with 16.2).
 */
export function putOnlyOfOwnAccount(slot: Slot): Policy {
  const rest: PolicyStatement = {
    Sid: "NightdropNothingElse",
    Effect: "Deny",
    Action: OTHER_ACTIONS.map((name) => `s3:${name}`),
    Resource: "*",
  };
  return policy({ ...putObjects(slot), Condition: NO_PARTS }, rest, ...ACL_HEADERS);
}

/** For a host that is to put no more: also for sessions that began before its keys were removed. */
export function nothing(): Policy {
  return policy({ Sid: "NightdropRevoked", Effect: "Deny", Action: "*", Resource: "*" });
}

/** The same in a form that Ceph's gateway takes. */
export function nothingOfOwnAccount(): Policy {
  const Action = ["PutObject", ...OTHER_ACTIONS].map((name) => `s3:${name}`);
  return policy({ Sid: "NightdropRevoked", Effect: "Deny", Action, Resource: "*" });
}

function putObjects({ bucket, region, prefix }: Slot): PolicyStatement {
  const Resource = `${bucketArn(bucket, region)}/${keyPrefix(prefix)}*`;
  return { Sid: "NightdropPut", Effect: "Allow", Action: "s3:PutObject", Resource };
}

/** Where Ceph's gateway allows a put that has it, no upload in parts can be begun: {@link putOnlyOfOwnAccount}. */
export const NO_PARTS: NonNullable<PolicyStatement["Condition"]> = { StringEquals: { "s3:x-amz-acl": "" } };

/** The headers with which a put would set an ACL. */
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

/** Every action but `PutObject` that Ceph's gateway 16.2 knows. */
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
