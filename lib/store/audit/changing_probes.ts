import {
  CreateBucketCommand,
  DeleteBucketCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketInventoryConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketRequestPaymentCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type Probe, withoutAction } from "./probe.ts";

const ID = "nightdrop-audit";

type Change = (s3: S3Client, Bucket: string) => Promise<unknown>;

/**
 * Requests that change settings of the bucket. They are malformed: even a user who has the permission is
 * refused, and nothing changes.
 */
const CHANGES: readonly [name: string, action: string, set: Change][] = [
  [
    "set the bucket's policy",
    "s3:PutBucketPolicy",
    (s3, Bucket) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: "x" })),
  ],
  ["set the bucket's expiry", "s3:PutLifecycleConfiguration", (s3, Bucket) => {
    const LifecycleConfiguration = { Rules: [] };
    return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  }],
  [
    "set the bucket's versioning",
    "s3:PutBucketVersioning",
    (s3, Bucket) => s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: {} })),
  ],
  [
    "set the bucket's ACL",
    "s3:PutBucketAcl",
    (s3, Bucket) => s3.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: { Grants: [] } })),
  ],
  [
    "open the bucket to the public",
    "s3:PutBucketPublicAccessBlock",
    (s3, Bucket) => s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: {} })),
  ],
  [
    "set who owns the objects",
    "s3:PutBucketOwnershipControls",
    (s3, Bucket) =>
      s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [] } })),
  ],
  [
    "set the bucket's locks",
    "s3:PutBucketObjectLockConfiguration",
    (s3, Bucket) => s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: {} })),
  ],
  ["set the bucket's encryption", "s3:PutEncryptionConfiguration", (s3, Bucket) => {
    const ServerSideEncryptionConfiguration = { Rules: [] };
    return s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  }],
  ["send the bucket's objects elsewhere", "s3:PutReplicationConfiguration", (s3, Bucket) => {
    const ReplicationConfiguration = { Role: "x", Rules: [] };
    return s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
  }],
  [
    "send the bucket's events elsewhere",
    "s3:PutBucketNotification",
    (s3, Bucket) =>
      s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} })),
  ],
  [
    "write the bucket's log elsewhere",
    "s3:PutBucketLogging",
    (s3, Bucket) => s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} })),
  ],
  ["write lists of the objects elsewhere", "s3:PutInventoryConfiguration", (s3, Bucket) => {
    const Destination = { S3BucketDestination: { Bucket: "x", Format: "CSV" } } as const;
    const Schedule = { Frequency: "Weekly" } as const;
    const more = { IsEnabled: false, IncludedObjectVersions: "All", Schedule, Destination } as const;
    const InventoryConfiguration = { Id: ID, ...more };
    return s3.send(new PutBucketInventoryConfigurationCommand({ Bucket, Id: ID, InventoryConfiguration }));
  }],
  ["move objects to another storage class", "s3:PutIntelligentTieringConfiguration", (s3, Bucket) => {
    const Status = "Disabled" as const;
    const input = { Bucket, Id: ID, IntelligentTieringConfiguration: { Id: ID, Status, Tierings: [] } };
    return s3.send(new PutBucketIntelligentTieringConfigurationCommand(input));
  }],
  [
    "let web pages read the bucket",
    "s3:PutBucketCORS",
    (s3, Bucket) => s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [] } })),
  ],
  [
    "make the bucket a web site",
    "s3:PutBucketWebsite",
    (s3, Bucket) => s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: {} })),
  ],
  [
    "let those who ask pay",
    "s3:PutBucketRequestPayment",
    (s3, Bucket) =>
      s3.send(
        new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer: undefined } }),
      ),
  ],
  [
    "set the bucket's acceleration",
    "s3:PutAccelerateConfiguration",
    (s3, Bucket) =>
      s3.send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: {} })),
  ],
  [
    "tag the bucket",
    "s3:PutBucketTagging",
    (s3, Bucket) => s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [] } })),
  ],
  ["make a bucket", "s3:CreateBucket", (s3, Bucket) => {
    const CreateBucketConfiguration = { LocationConstraint: "x" as never };
    const other = `${Bucket.slice(0, 40)}-nightdrop-audit`;
    return s3.send(new CreateBucketCommand({ Bucket: other, CreateBucketConfiguration }));
  }],
];

/** Requests that change the settings of the bucket, create it again, or delete it. */
export const RECONFIGURING: readonly Probe[] = [
  ...CHANGES.map(([name, action, set]): Probe => ({
    name,
    remedy: withoutAction(action),
    call: ({ garbled, bucket }) => set(garbled, bucket),
  })),
  // The bucket contains the audit's object, so even a user who may delete buckets is refused.
  {
    name: "delete the bucket",
    remedy: withoutAction("s3:DeleteBucket"),
    call: ({ s3, bucket: Bucket }) => s3.send(new DeleteBucketCommand({ Bucket })),
  },
];
