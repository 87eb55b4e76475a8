import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketAclCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from "s3";
import { WRONG_MD5 } from "./object_probes.ts";
import { type Probe, type Target, withoutAction } from "./probe.ts";

/** Listing. */
export const LISTING: readonly Probe[] = [
  ask(
    "list the bucket",
    "s3:ListBucket",
    (s3, Bucket) => s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })),
  ),
  ask(
    "list the versions in the bucket",
    "s3:ListBucketVersions",
    (s3, Bucket) => s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 })),
  ),
  ask(
    "list the bucket's uploads",
    "s3:ListBucketMultipartUploads",
    (s3, Bucket) => s3.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1 })),
  ),
  { name: "list all buckets", remedy: withoutAction("s3:ListAllMyBuckets"), call: listOwned },
];

/** Seeing how the bucket is set up. */
export const SETTINGS: readonly Probe[] = [
  ask(
    "read the bucket's policy",
    "s3:GetBucketPolicy",
    (s3, Bucket) => s3.send(new GetBucketPolicyCommand({ Bucket })),
  ),
  ask(
    "read the bucket's expiry",
    "s3:GetLifecycleConfiguration",
    (s3, Bucket) => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
  ),
  ask(
    "read the bucket's versioning",
    "s3:GetBucketVersioning",
    (s3, Bucket) => s3.send(new GetBucketVersioningCommand({ Bucket })),
  ),
  ask(
    "read the bucket's ACL",
    "s3:GetBucketAcl",
    (s3, Bucket) => s3.send(new GetBucketAclCommand({ Bucket })),
  ),
  ask(
    "read the bucket's locks",
    "s3:GetBucketObjectLockConfiguration",
    (s3, Bucket) => s3.send(new GetObjectLockConfigurationCommand({ Bucket })),
  ),
  ask(
    "read what keeps the bucket from being public",
    "s3:GetBucketPublicAccessBlock",
    (s3, Bucket) => s3.send(new GetPublicAccessBlockCommand({ Bucket })),
  ),
];

/** Setting the bucket up anew. What is sent cannot be read, so whoever may do it is refused for that. */
export const RECONFIGURING: readonly Probe[] = [
  set(
    "set the bucket's policy",
    "s3:PutBucketPolicy",
    (s3, Bucket) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: "x" })),
  ),
  set("set the bucket's expiry", "s3:PutLifecycleConfiguration", (s3, Bucket) => {
    return s3.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [] } }),
    );
  }),
  set("set the bucket's versioning", "s3:PutBucketVersioning", (s3, Bucket) => {
    return s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: {} }));
  }),
  set("set the bucket's ACL", "s3:PutBucketAcl", (s3, Bucket) => {
    return s3.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: { Grants: [] } }));
  }),
  set("open the bucket to the public", "s3:PutBucketPublicAccessBlock", (s3, Bucket) => {
    return s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: {} }));
  }),
  set("set the bucket's locks", "s3:PutBucketObjectLockConfiguration", (s3, Bucket) => {
    return s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: {} }));
  }),
  set("set the bucket's encryption", "s3:PutEncryptionConfiguration", (s3, Bucket) => {
    return s3.send(
      new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [] } }),
    );
  }),
  set("send the bucket's objects elsewhere", "s3:PutReplicationConfiguration", (s3, Bucket) => {
    return s3.send(
      new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: { Role: "x", Rules: [] } }),
    );
  }),
  set("have the bucket's events sent", "s3:PutBucketNotification", (s3, Bucket) => {
    return s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
  }),
  set("let web pages read the bucket", "s3:PutBucketCORS", (s3, Bucket) => {
    return s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [] } }));
  }),
  set("make the bucket a web site", "s3:PutBucketWebsite", (s3, Bucket) => {
    return s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: {} }));
  }),
  set("tag the bucket", "s3:PutBucketTagging", (s3, Bucket) => {
    return s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [] } }));
  }),
  set("make a bucket", "s3:CreateBucket", (s3, Bucket) => {
    const CreateBucketConfiguration = { LocationConstraint: "x" as never };
    return s3.send(
      new CreateBucketCommand({
        Bucket: `${Bucket.slice(0, 40)}-nightdrop-audit`,
        CreateBucketConfiguration,
      }),
    );
  }),
  // It holds the audit's object, so whoever may delete it is refused for that.
  ask("delete the bucket", "s3:DeleteBucket", (s3, Bucket) => s3.send(new DeleteBucketCommand({ Bucket }))),
];

/** What a host may with the bucket of another. */
export function foreignProbes(other: string): readonly Probe[] {
  const remedy = `Allow s3:PutObject on the host's own bucket alone, not on ${other}`;
  return [
    {
      name: `list ${other}`,
      remedy,
      call: ({ s3 }) => s3.send(new ListObjectsV2Command({ Bucket: other, MaxKeys: 1 })),
    },
    { name: `put into ${other}`, remedy, call: ({ s3, key }) => s3.send(badPut(other, key)) },
  ];
}

const PUBLIC = "Block public access to the bucket, and take what allows it out of its policy and its ACL";

/** What anybody may without credentials. */
export const ANYBODY: readonly Probe[] = [
  {
    name: "anybody: list the bucket",
    remedy: PUBLIC,
    call: ({ anybody, bucket: Bucket }) => anybody.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })),
  },
  {
    name: "anybody: read an object",
    remedy: PUBLIC,
    call: async ({ anybody, bucket: Bucket, key: Key }) => {
      const { Body } = await anybody.send(new GetObjectCommand({ Bucket, Key }));
      await Body?.transformToByteArray();
    },
  },
  {
    name: "anybody: put an object",
    remedy: PUBLIC,
    call: ({ anybody, bucket, key }) => anybody.send(badPut(bucket, key)),
  },
];

/** A put that nothing comes of. */
function badPut(Bucket: string, key: string): PutObjectCommand {
  return new PutObjectCommand({ Bucket, Key: `${key}-bad`, Body: new Uint8Array(1), ContentMD5: WRONG_MD5 });
}

type Call = (s3: S3Client, bucket: string) => Promise<unknown>;

function ask(name: string, action: string, call: Call): Probe {
  return { name, remedy: withoutAction(action), call: ({ s3, bucket }) => call(s3, bucket) };
}

function set(name: string, action: string, call: Call): Probe {
  return { name, remedy: withoutAction(action), call: ({ garbled, bucket }) => call(garbled, bucket) };
}

/** Everybody may ask; only buckets in the answer matter. */
async function listOwned({ s3 }: Target): Promise<unknown> {
  return await s3.send(new ListBucketsCommand({}));
}
