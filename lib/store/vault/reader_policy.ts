import { keyPrefix } from "../key_prefix.ts";
import type { Slot } from "./host_policy.ts";
import { bucketArn, type Policy, policy } from "./policy.ts";

/**
 * Returns the policy of a user that reads the backups of a host, and can do nothing else. `provision` does
 * not create this user: the owner does.
 */
export function readOnly({ bucket, region, prefix }: Slot): Policy {
  const arn = bucketArn(bucket, region);
  return policy(
    {
      Sid: "NightdropList",
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetLifecycleConfiguration"],
      Resource: arn,
    },
    {
      Sid: "NightdropGet",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: `${arn}/${keyPrefix(prefix)}*`,
    },
  );
}
