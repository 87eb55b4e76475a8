import { IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { type Cluster, radosgwAdmin } from "./cluster.ts";
import type { Keys } from "./keys.ts";
import { everything, ofOneAccount, type Policy } from "./policy.ts";

export type BucketKind = "plain" | "versioned" | "lock";

/** User that owns the buckets, sets the policies of other users, and can read and delete all objects. */
export const ADMIN: Keys = { accessKeyId: "admin", secretAccessKey: "this-server-is-on-loopback" };

/** Creates the {@link ADMIN}. */
export async function makeAdmin(cluster: Cluster): Promise<void> {
  const keys = [`--access-key=${ADMIN.accessKeyId}`, `--secret=${ADMIN.secretAccessKey}`];
  const args = ["--uid=admin", "--display-name=admin", "--caps=user-policy=*", ...keys];
  await radosgwAdmin(cluster, ["user", "create", ...args]);
  // In RGW the owner of a bucket does not own the objects that others put into it.
  await setPolicy(cluster, "admin", everything());
}

/** Creates a user without permissions. */
export async function makeUser(cluster: Cluster, name: string): Promise<Keys> {
  const noBuckets = "--max-buckets=-1";
  const user = ["user", "create", `--uid=${name}`, `--display-name=${name}`, noBuckets];
  return keysIn(await radosgwAdmin(cluster, user));
}

/** Returns the keys of a user. */
export async function keysOf(cluster: Cluster, name: string): Promise<Keys> {
  return keysIn(await radosgwAdmin(cluster, ["user", "info", `--uid=${name}`]));
}

function keysIn(user: string): Keys {
  const [{ access_key, secret_key }] = JSON.parse(user).keys;
  return { accessKeyId: access_key, secretAccessKey: secret_key };
}

/** Creates a bucket of the admin. `lock` enables Object Lock, which includes versioning. */
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

/** Sets the only policy of `user`, converted by {@link ofOneAccount}. */
export async function setPolicy({ endpoint }: Cluster, user: string, policy: Policy): Promise<void> {
  const client = new IAMClient({ endpoint, region: "us-east-1", credentials: ADMIN });
  try {
    const PolicyDocument = JSON.stringify(ofOneAccount(policy));
    await client.send(new PutUserPolicyCommand({ UserName: user, PolicyName: "policy", PolicyDocument }));
  } finally {
    client.destroy();
  }
}
