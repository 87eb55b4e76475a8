/** Buckets that keep versions, on a server that lets whoever may put put over an object: Ceph RGW. */
import assert from "node:assert/strict";
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { s3Client } from "../../../lib/store/s3/client.ts";
import { s3Reader } from "../../../lib/store/s3/writer.ts";
import type { S3Options } from "../../../lib/store/s3/options.ts";
import { type Cluster, newBucket, rgwTest, setPolicy, type TestBucket } from "../../support/rgw.ts";
import { content, rejects } from "../checks.ts";
import { allButCreateOnly } from "../conformance.ts";
import { withReader, withWriter } from "../closed_clients.ts";
import { withForwarder } from "../wire.ts";

async function withClient<T>(options: S3Options, body: (client: S3Client) => Promise<T>): Promise<T> {
  const client = s3Client(options, 0);
  return await body(client).finally(() => client.destroy());
}

/** With the host's own credentials: all that an intruder needs. */
function putOver({ host, name }: TestBucket, key: string, bytes: Uint8Array): Promise<void> {
  return withClient(host, async (client) => {
    await client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: bytes }));
  });
}

function hide({ admin, name }: TestBucket, key: string): Promise<void> {
  return withClient(admin, async (client) => {
    await client.send(new DeleteObjectCommand({ Bucket: name, Key: key }));
  });
}

allButCreateOnly((law, body) =>
  rgwTest(`S3 store on RGW with versions and lock: ${law}`, async (rgw) => {
    const bucket = await newBucket(rgw, "lock");
    await withWriter(bucket.host, (writer) =>
      withReader({ ...bucket.trusted, pageSize: 3 }, (reader) =>
        body({
          writer,
          reader,
          putOver: (name, bytes) => putOver(bucket, name, bytes),
          hide: (name) => hide(bucket, name),
        })));
  })
);

rgwTest("a put sent again by a retry is no other content, however often", async (rgw) => {
  const bucket = await newBucket(rgw, "versioned");
  await withWriter(bucket.host, async (writer) => {
    for (let times = 0; times < 3; times++) await writer.put("a", content(100));
  });
  await withReader({ ...bucket.trusted, pageSize: 2 }, async (reader) => {
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ overwritten }) => overwritten), [
      undefined,
    ]);
    await putOver(bucket, "a", content(99));
    await putOver(bucket, "a", content(100));
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ overwritten }) => overwritten), [2]);
  });
});

rgwTest("an object of which only markers are left is none", async (rgw) => {
  const bucket = await newBucket(rgw, "versioned");
  await hide(bucket, "never");
  await withReader(bucket.trusted, async (reader) => {
    assert.deepEqual(await Array.fromAsync(reader.list("")), []);
    await rejects(reader.get("never", { maxBytes: 1, first: true }), "missing");
  });
});

/** Lets the trusted side do just this. */
async function allow(rgw: Cluster, { name }: TestBucket, ...Action: string[]): Promise<void> {
  const Resource = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
  const Statement = [{ Effect: "Allow", Action, Resource }] as const;
  await setPolicy(rgw, `reader-of-${name}`, { Version: "2012-10-17", Statement });
}

rgwTest(
  "credentials that may not see versions read the current ones, and report this once",
  async (rgw) => {
    const bucket = await newBucket(rgw, "versioned");
    await allow(rgw, bucket, "s3:ListBucket", "s3:GetObject");
    await withWriter(bucket.host, (writer) => writer.put("a", content(10)));
    await putOver(bucket, "a", content(20));
    const warnings: string[] = [];
    const reader = s3Reader(bucket.trusted, (text) => warnings.push(text));
    try {
      const listed = await Array.fromAsync(reader.list(""));
      assert.deepEqual(listed.map(({ size, overwritten }) => [size, overwritten]), [[20, undefined]]);
      assert.deepEqual(warnings, [], "nobody knows yet that the bucket keeps versions");
      for (let times = 0; times < 2; times++) {
        assert.deepEqual(await reader.get("a", { maxBytes: 20 }), content(20));
      }
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0]!,
        /has versions, and .* cannot see them.*s3:ListBucketVersions and s3:GetObjectV/,
      );
      const { hint } = await rejects(reader.get("a", { maxBytes: 20, first: true }), "denied");
      assert.match(hint!, /must allow s3:ListBucketVersions on arn:aws:s3:::bucket-/);
    } finally {
      reader.close();
    }
  },
);

rgwTest("credentials that may list versions but not get them are reported", async (rgw) => {
  const bucket = await newBucket(rgw, "versioned");
  await allow(rgw, bucket, "s3:ListBucket", "s3:ListBucketVersions", "s3:GetObject");
  await withWriter(bucket.host, (writer) => writer.put("a", content(10)));
  await putOver(bucket, "a", content(20));
  await withReader(bucket.trusted, async (reader) => {
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ size }) => size), [10]);
    const { hint } = await rejects(reader.get("a", { maxBytes: 20, first: true }), "denied");
    assert.match(hint!, /must allow s3:GetObjectVersion on arn:aws:s3:::bucket-/);
  });
});

rgwTest(
  "without versions a bucket costs one question a page and one an object, and nothing is warned of",
  async (rgw) => {
    const bucket = await newBucket(rgw);
    const asked: string[] = [];
    const note = (chunk: Uint8Array): Uint8Array => {
      asked.push(new TextDecoder().decode(chunk).split(" ", 2).join(" "));
      return chunk;
    };
    await withWriter(bucket.host, async (writer) => {
      for (const name of ["a", "b", "c"]) await writer.put(name, content(10));
    });
    await withForwarder(Number(new URL(rgw.endpoint).port), note, async (port) => {
      const options = { ...bucket.trusted, endpoint: `http://127.0.0.1:${port}`, pageSize: 2 };
      const reader = s3Reader(options, (text) => assert.fail(text));
      for await (const { name } of reader.list("")) await reader.get(name, { maxBytes: 10 });
      reader.close();
    });
    assert.deepEqual(asked.filter((it) => it.includes("versions")).length, 2);
    assert.equal(asked.length, 5, asked.join("\n"));
  },
);
