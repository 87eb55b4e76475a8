import { createHash, createHmac } from "node:crypto";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "s3";
import { type Cluster, radosgwAdmin } from "./cluster.ts";
import { everything, ofOneAccount, type Policy } from "./policy.ts";

/** The keys of a user. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

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
  const form = new URLSearchParams({
    Action: "PutUserPolicy",
    Version: "2010-05-08",
    UserName: user,
    PolicyName: "policy",
    PolicyDocument: JSON.stringify(ofOneAccount(policy)),
  });
  const answer = await fetch(endpoint, signed(new URL(endpoint).host, ADMIN, form.toString()));
  const text = await answer.text();
  if (!answer.ok) throw new Error(`PutUserPolicy: ${answer.status} ${text}`);
}

/** A POST to IAM, which the S3 client does not speak: "Signature Version 4" of the AWS manual. */
function signed(host: string, { accessKeyId, secretAccessKey }: Keys, body: string): RequestInit {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    host,
    "x-amz-content-sha256": hash(body),
    "x-amz-date": time,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("");
  const request = ["POST", "/", "", lines, names, hash(body)].join("\n");
  const scope = [time.slice(0, 8), "us-east-1", "iam", "aws4_request"];
  const key = scope.reduce<string | Uint8Array>((key, part) => hmac(key, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope.join("/"), hash(request)].join("\n")).toHex();
  const credential = `${accessKeyId}/${scope.join("/")}`;
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { method: "POST", body, headers: { ...headers, authorization } };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(text).digest());
}
