/**
 * A second implementation of S3 for tests: OpenStack Swift on loopback with its middleware s3api, one for each test file
 * that asks for it, started by its first test and gone when the file is done.
 */
import { CreateBucketCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { Secret } from "../../lib/model/secret.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { foreignTest } from "./foreign.ts";
import { serverDirectory } from "./orphans.ts";
import type { TestBucket } from "./rgw.ts";
import { USERS } from "./swift/configuration.ts";
import { down, type Extras, type Swift, up } from "./swift/servers.ts";

export type { Swift };

const PROGRAMS = [
  "swift-proxy-server",
  "swift-account-server",
  "swift-container-server",
  "swift-object-server",
];

/**
 * A test that needs the server: skipped where it is not installed, which is a failure in CI.
 *
 * @param extras The same in all tests of a file.
 * @param others Other programs that it needs.
 */
export function swiftTest(
  name: string,
  body: (swift: Swift, t: Deno.TestContext) => void | Promise<void>,
  extras: Extras = {},
  others: string[] = [],
): void {
  foreignTest([...PROGRAMS, "memcached", "openssl", ...others], name, async (t) => {
    started ??= start(extras);
    await body(await started, t);
  });
}

/** Returns how a user of {@link USERS} reaches a bucket. Swift's s3api of 2.30 does not know create-only puts. */
export function bucketOptions({ endpoint }: Swift, bucket: string, user: User): S3Options {
  const credentials = { accessKeyId: `test:${user}`, secretAccessKey: new Secret(USERS[user]) };
  return { bucket, region: "us-east-1", endpoint, createOnly: false, credentials };
}

/** Makes a bucket that the user "host" may write and the user "reader" may read. */
export async function newBucket(
  swift: Swift,
  kind: "plain" | "versioned" = "versioned",
): Promise<TestBucket> {
  const name = `bucket-${crypto.randomUUID()}`;
  const [host, trusted, admin] = (["host", "reader", "admin"] as const).map((user) =>
    bucketOptions(swift, name, user)
  );
  const client = s3Client(admin!, 0);
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
    if (kind === "versioned") {
      const versions = { Bucket: name, VersioningConfiguration: { Status: "Enabled" } } as const;
      await client.send(new PutBucketVersioningCommand(versions));
    }
  } finally {
    client.destroy();
  }
  const access = { "X-Container-Write": "test:host", "X-Container-Read": "test:reader" };
  await ownApi(swift, "admin", "POST", name, access);
  return { name, host: host!, trusted: trusted!, admin: admin! };
}

/** Users of {@link USERS}. */
type User = keyof typeof USERS;

/** Sends a request of Swift's own API as a user of the account, and returns the status of the answer: its "v1" authentication. */
export async function ownApi(
  { endpoint }: Swift,
  user: User,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const auth = { "X-Auth-User": `test:${user}`, "X-Auth-Key": USERS[user] };
  const signedIn = await fetch(`${endpoint}/auth/v1.0`, { headers: auth });
  await signedIn.body?.cancel();
  const [account, token] = ["x-storage-url", "x-auth-token"].map((name) => signedIn.headers.get(name)!);
  const answer = await fetch(`${account}/${path}`, {
    method,
    headers: { "X-Auth-Token": token!, ...headers },
  });
  await answer.body?.cancel();
  return answer.status;
}

let started: Promise<Swift> | undefined;

async function start(extras: Extras): Promise<Swift> {
  const directory = await serverDirectory("nightdrop-swift-", down);
  return await up(directory, extras);
}
