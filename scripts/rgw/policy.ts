/** A policy document of AWS IAM. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What a host gets: it can put objects into one bucket, and nothing else. */
export function putOnly(bucket: string): Policy {
  return allow({ Action: "s3:PutObject", Resource: `arn:aws:s3:::${bucket}/*` });
}

/** What the trusted side gets. */
export function readOnly(bucket: string): Policy {
  return allow(
    { Action: ["s3:GetObject", "s3:GetObjectVersion"], Resource: `arn:aws:s3:::${bucket}/*` },
    { Action: ["s3:ListBucket", "s3:ListBucketVersions"], Resource: `arn:aws:s3:::${bucket}` },
  );
}

/** What the root of an account may. */
export function everything(): Policy {
  return allow({ Action: "s3:*", Resource: "*" });
}

function allow(...statements: Omit<Statement, "Effect">[]): Policy {
  return { Version: "2012-10-17", Statement: statements.map((it) => ({ Effect: "Allow", ...it })) };
}

/**
 * `policy` as RGW must be given it to mean what it means at Amazon.
 *
 * To RGW 16 every user is an account of its own and owns what it uploads, so it may read, change and delete that
 * without any policy. Here all users are to be of one account: what no statement allows is denied by name
 * (`NotAction` is taken and ignored), and with `s3:PutObjectAcl` the headers that set an ACL.
 */
export function ofOneAccount(policy: Policy): Policy {
  const patterns = policy.Statement.filter((it) => it.Effect === "Allow").flatMap((it) => it.Action);
  const denied = ACTIONS.map((name) => `s3:${name}`).filter((action) =>
    !patterns.some((it) => matches(action, it))
  );
  if (denied.length === 0) return policy;
  const statements: Statement[] = [{ Effect: "Deny", Action: denied, Resource: "*" }];
  if (denied.includes("s3:PutObjectAcl")) statements.push(...ACL_HEADERS);
  return { ...policy, Statement: [...policy.Statement, ...statements] };
}

function matches(action: string, pattern: string): boolean {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "i").test(action);
}

const ACL_HEADERS: readonly Statement[] = [
  ["x-amz-acl", "public-*", "authenticated-*", "aws-*", "log-*"],
  ...["read", "write", "read-acp", "write-acp", "full-control"].map((right) => [`x-amz-grant-${right}`, "*"]),
].map(([header, ...values]) => ({
  Effect: "Deny",
  Action: "s3:PutObject",
  Resource: "*",
  Condition: { StringLike: { [`s3:${header}`]: values } },
}));

/** Every action that RGW 16.2 knows; one that it does not know makes it refuse the whole document. */
const ACTIONS = `
  GetObject GetObjectVersion GetObjectAcl GetObjectVersionAcl GetObjectTagging GetObjectVersionTagging
  GetObjectRetention GetObjectLegalHold PutObject PutObjectAcl PutObjectVersionAcl PutObjectTagging
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
