import {
  GetObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
} from "@aws-sdk/client-s3";
import { unstorablePut } from "../s3/unstorable.ts";
import { type Probe, withoutAction } from "./probe.ts";

/** Requests that list the bucket. */
export const LISTING: readonly Probe[] = [
  {
    name: "list the bucket",
    remedy: withoutAction("s3:ListBucket"),
    call: ({ s3, bucket: Bucket }) => s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })),
  },
  {
    name: "list the versions in the bucket",
    remedy: withoutAction("s3:ListBucketVersions"),
    call: ({ s3, bucket: Bucket }) => s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 })),
  },
  {
    name: "list the bucket's uploads",
    remedy: withoutAction("s3:ListBucketMultipartUploads"),
    call: ({ s3, bucket: Bucket }) => s3.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1 })),
  },
  {
    name: "list all buckets",
    remedy: withoutAction("s3:ListAllMyBuckets"),
    call: ({ s3 }) => s3.send(new ListBucketsCommand({})),
  },
];

const PUBLIC = "Block public access to the bucket, and remove what allows it from its policy and its ACL";

/** Requests without credentials. */
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
    call: ({ anybody, bucket, key, createOnly }) =>
      anybody.send(unstorablePut(bucket, `${key}-bad`, createOnly)),
  },
];
