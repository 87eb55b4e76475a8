import {
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { answer, type Probe, withoutAction } from "./probe.ts";

type Ask = (s3: S3Client, Bucket: string) => Promise<unknown>;

const QUESTIONS: readonly [what: string, action: string, ask: Ask][] = [
  ["policy", "s3:GetBucketPolicy", (s3, Bucket) => s3.send(new GetBucketPolicyCommand({ Bucket }))],
  [
    "expiry",
    "s3:GetLifecycleConfiguration",
    (s3, Bucket) => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
  ],
  [
    "versioning",
    "s3:GetBucketVersioning",
    async (s3, Bucket) => {
      await s3.send(new GetBucketVersioningCommand({ Bucket }));
      // OpenStack Swift shows it to each of its users, and has no policies that could refuse it.
      await s3.send(new GetBucketPolicyCommand({ Bucket })).catch((error) => {
        if (error.$metadata?.httpStatusCode === 501) throw error;
      });
    },
  ],
  ["ACL", "s3:GetBucketAcl", (s3, Bucket) => s3.send(new GetBucketAclCommand({ Bucket }))],
  [
    "locks",
    "s3:GetBucketObjectLockConfiguration",
    (s3, Bucket) => s3.send(new GetObjectLockConfigurationCommand({ Bucket })),
  ],
  [
    "protection from the public",
    "s3:GetBucketPublicAccessBlock",
    (s3, Bucket) => s3.send(new GetPublicAccessBlockCommand({ Bucket })),
  ],
  [
    "encryption",
    "s3:GetEncryptionConfiguration",
    async (s3, Bucket) => {
      const found = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
      // Ceph's gateway 16.2 does not support the request and answers with a list of objects.
      if (!found.ServerSideEncryptionConfiguration?.Rules?.[0]) throw answer(501, "NotImplemented");
    },
  ],
  [
    "replication",
    "s3:GetReplicationConfiguration",
    (s3, Bucket) => s3.send(new GetBucketReplicationCommand({ Bucket })),
  ],
  [
    "notifications",
    "s3:GetBucketNotification",
    (s3, Bucket) => s3.send(new GetBucketNotificationConfigurationCommand({ Bucket })),
  ],
  ["log's place", "s3:GetBucketLogging", (s3, Bucket) => s3.send(new GetBucketLoggingCommand({ Bucket }))],
  ["tags", "s3:GetBucketTagging", (s3, Bucket) => s3.send(new GetBucketTaggingCommand({ Bucket }))],
];

/** Requests that read the settings of the bucket. */
export const SETTINGS: readonly Probe[] = QUESTIONS.map(([what, action, ask]) => ({
  name: `read the bucket's ${what}`,
  remedy: withoutAction(action),
  call: ({ s3, bucket }) => ask(s3, bucket),
}));
