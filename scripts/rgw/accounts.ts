import { IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { type Cluster, radosgwAdmin } from "./cluster.ts";
import type { Keys } from "./keys.ts";
import { everything, ofOneAccount, type Policy } from "./policy.ts";

export type BucketKind = "plain" | "versioned" | "lock";

/** The user that owns the buckets, sets the policies of the others and may read and delete whatever they store. */
export const ADMIN: Keys = { accessKeyId: "admin", secretAccessKey: "this-server-is-on-loopback" };

/** Makes the {@link ADMIN}. */
export async function makeAdmin(cluster: Cluster): Promise<void> {
  const keys = [`--access-key=${ADMIN.accessKeyId}`, `--secret=${ADMIN.secretAccessKey}`];
  const args = ["--uid=admin", "--display-name=admin", "--caps=user-policy=*", ...keys];
  await radosgwAdmin(cluster, ["user", "create", ...args]);
  // To RGW the owner of a bucket is not the owner of what others put into it.
  await setPolicy(cluster, "admin", everything());
}

/** Makes a user with no rights but to what a policy will allow. */
export async function makeUser(cluster: Cluster, name: string): Promise<Keys> {
  const noBuckets = "--max-buckets=-1";
  const user = ["user", "create", `--uid=${name}`, `--display-name=${name}`, noBuckets];
  return keysIn(await radosgwAdmin(cluster, user));
}

/** The keys of a user made before. */
export async function keysOf(cluster: Cluster, name: string): Promise<Keys> {
  return keysIn(await radosgwAdmin(cluster, ["user", "info", `--uid=${name}`]));
}

function keysIn(user: string): Keys {
  const [{ access_key, secret_key }] = JSON.parse(user).keys;
  return { accessKeyId: access_key, secretAccessKey: secret_key };
}

/** A bucket of the admin's. `lock` has Object Lock on, and so versions as well. */
export async function makeBucket(
  { endpoint }: Cluster,
  name: string,
  kind: BucketKind = "plain",
): Promise<void> {
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials: ADMIN });
  try {
    await client.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: kind === "lock" }));
    if (kind !== "versioned") return;
    const versions = { Bucket: name, VersioningConfiguration: { Status: "Enabled" } } as const;
    await client.send(new PutBucketVersioningCommand(versions));
  } finally {
    client.destroy();
  }
}

/** Gives `user` the one policy that it has, in the sense of {@link ofOneAccount}. */
export async function setPolicy({ endpoint }: Cluster, user: string, policy: Policy): Promise<void> {
  const client = new IAMClient({ endpoint, region: "us-east-1", credentials: ADMIN });
  try {
    const PolicyDocument = JSON.stringify(ofOneAccount(policy));
    await client.send(new PutUserPolicyCommand({ UserName: user, PolicyName: "policy", PolicyDocument }));
  } finally {
    client.destroy();
  }
}
