/**
 * A real S3 server for tests: Ceph RGW on loopback, one for each test file that asks for it, started by its first
 * test and gone when the file is done. See `scripts/rgw.ts`.
 */
import type { S3Options } from "../../lib/store/s3/writer.ts";
import { Secret } from "../../lib/model/secret.ts";
import type { Keys } from "../../scripts/rgw/keys.ts";
import {
  ADMIN,
  type BucketKind,
  makeAdmin,
  makeBucket,
  makeUser,
  setPolicy,
} from "../../scripts/rgw/accounts.ts";
import { type Cluster, down, freePorts, up } from "../../scripts/rgw/cluster.ts";
import type { Extras } from "../../scripts/rgw/configuration.ts";
import { type Policy, putOnly, readOnly } from "../../scripts/rgw/policy.ts";
import { foreignTest } from "./foreign.ts";
import { serverDirectory } from "./orphans.ts";

export { type Cluster, setPolicy };

/** A bucket and those who have to do with it. */
export interface TestBucket {
  readonly name: string;
  /** With the keys of a host: it can put objects and nothing else. */
  readonly host: S3Options;
  /** With the keys of the trusted side: it can list and get them. */
  readonly trusted: S3Options;
  /** With the keys of the bucket's owner, who may do anything. */
  readonly admin: S3Options;
}

/**
 * A test that needs the server: skipped where it is not installed, which is a failure in CI.
 *
 * @param extras The same in all tests of a file.
 */
export function rgwTest(
  name: string,
  body: (rgw: Cluster, t: Deno.TestContext) => void | Promise<void>,
  extras: Extras = {},
): void {
  foreignTest(["radosgw", "openssl"], name, async (t) => {
    await body(await startedRgw(extras), t);
  });
}

/** Makes a bucket with its users, the host's with the policy that is given. */
export async function newBucket(
  rgw: Cluster,
  kind: BucketKind = "plain",
  hostPolicy: (bucket: string) => Policy = putOnly,
): Promise<TestBucket> {
  const name = `bucket-${crypto.randomUUID()}`;
  await makeBucket(rgw, name, kind);
  const options = (keys: Keys): S3Options => ({
    bucket: name,
    region: "us-east-1",
    endpoint: rgw.endpoint,
    credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: new Secret(keys.secretAccessKey) },
  });
  const [host, trusted] = await Promise.all([
    newUser(rgw, `host-of-${name}`, hostPolicy(name)),
    newUser(rgw, `reader-of-${name}`, readOnly(name)),
  ]);
  return { name, host: options(host), trusted: options(trusted), admin: options(ADMIN) };
}

/** Makes a user who may what `policy` allows. */
export async function newUser(rgw: Cluster, name: string, policy: Policy): Promise<Keys> {
  const keys = await makeUser(rgw, name);
  await setPolicy(rgw, name, policy);
  return keys;
}

let started: Promise<Cluster> | undefined;

/** Returns the server of this test file. */
export function startedRgw(extras: Extras = {}): Promise<Cluster> {
  return started ??= start(extras);
}

async function start(extras: Extras): Promise<Cluster> {
  const directory = await serverDirectory("nightdrop-rgw-", down);
  // Another program may take a port between the choice and the start.
  const cluster = await up(directory, freePorts(), extras).catch(() => up(directory, freePorts(), extras));
  await makeAdmin(cluster);
  return cluster;
}
