/** What `audit` finds, on a real server with real policies. */
import assert from "node:assert/strict";
import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { isAsWanted } from "../../lib/provisioning/audit.ts";
import { backup } from "../../lib/backup/backup.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import { verify } from "../../lib/verify/verify.ts";
import { putOnly, putOnlyInParts, type Statement } from "../../scripts/rgw/policy.ts";
import { directory, file } from "../source/tree.ts";
import { withReader, withWriter } from "../store/closed_clients.ts";
import { auditOf } from "./audited.ts";
import { bucketCommand } from "../support/bucket_command.ts";
import { withScenario } from "../support/scenario.ts";
import { must, run } from "../support/foreign.ts";
import { type Cluster, newBucket, rgwTest, setPolicy, type TestBucket } from "../support/rgw.ts";

/** Gives a bucket's host more than it needs. */
async function allow(
  rgw: Cluster,
  bucket: TestBucket,
  ...more: [action: string, resource: string][]
): Promise<void> {
  const statements = more.map(([Action, Resource]): Statement => ({ Effect: "Allow", Action, Resource }));
  const policy = putOnly(bucket.name);
  await setPolicy(rgw, `host-of-${bucket.name}`, {
    ...policy,
    Statement: [...policy.Statement, ...statements],
  });
}

for (const kind of ["versioned", "lock"] as const) {
  rgwTest(`a host that can only put passes the audit, with a bucket of kind "${kind}"`, async (rgw) => {
    const [own, other] = [await newBucket(rgw, kind), await newBucket(rgw)];
    const { wrongs, all } = await auditOf(own.host, [other]);
    assert.deepEqual(wrongs, []);
    assert.deepEqual(all.filter(({ found }) => found === "allowed").map(({ name }) => name), [
      "put a new object",
    ]);
    assert.ok(all.filter(({ found }) => found === "refused").length > 55);
    assert.ok(all.some(({ name }) => name === "list the objects of web2"));
  });
}

rgwTest("without versioning the audit finds only that objects can be overwritten", async (rgw) => {
  const { wrongs, all } = await auditOf((await newBucket(rgw)).host);
  assert.deepEqual(wrongs, ["overwrite an object"]);
  assert.match(all.find((it) => !isAsWanted(it))!.remedy, /versioning/);
});

/** What a policy allows too much, and what is found of it. */
const TOO_MUCH: [action: string, findings: string[]][] = [
  ["s3:GetObject", ["read an object", "see whether an object is there"]],
  ["s3:DeleteObject", ["delete many objects", "delete an object"]],
  ["s3:ListBucket", ["list the bucket"]],
  ["s3:GetObjectVersion", ["read a version of an object"]],
  ["s3:PutObjectAcl", ["set an object's ACL"]],
  ["s3:PutObjectTagging", ["tag an object"]],
  ["s3:AbortMultipartUpload", ["give up an upload"]],
  ["s3:PutLifecycleConfiguration", ["set the bucket's expiry"]],
  ["s3:PutBucketPolicy", ["set the bucket's policy"]],
  ["s3:PutBucketVersioning", ["set the bucket's versioning"]],
  ["s3:DeleteBucket", ["delete the bucket"]],
];

for (const [action, findings] of TOO_MUCH) {
  rgwTest(`the audit finds a policy that also allows ${action}`, async (rgw) => {
    const bucket = await newBucket(rgw, "versioned");
    await allow(rgw, bucket, [action, `arn:aws:s3:::${bucket.name}/*`], [
      action,
      `arn:aws:s3:::${bucket.name}`,
    ]);
    const { wrongs, all } = await auditOf(bucket.host);
    assert.deepEqual(wrongs, findings);
    for (const { name, remedy } of all) {
      if (findings.includes(name) && action !== "s3:PutObjectAcl") assert.match(remedy, new RegExp(action));
    }
  });
}

const COPIES_INTO_PARTS = [
  "copy an object into a part of an upload",
  "copy one byte of an object into a part of an upload",
  "copy a version of an object into a part of an upload",
];

rgwTest(
  "the audit finds a host that can upload in parts, which Ceph allows to copy stored objects",
  async (rgw) => {
    const bucket = await newBucket(rgw, "versioned", putOnlyInParts);
    const { wrongs, all } = await auditOf(bucket.host);
    assert.deepEqual(wrongs, COPIES_INTO_PARTS);
    assert.match(all.find((it) => !isAsWanted(it))!.remedy, /provision.*--apply/);
  },
);

rgwTest("the audit finds every form of copy that a policy allows", async (rgw) => {
  const bucket = await newBucket(rgw, "versioned");
  const [objects, more] = [`arn:aws:s3:::${bucket.name}/*`, ["s3:GetObject", "s3:GetObjectVersion"]];
  await allow(rgw, bucket, ["s3:PutObject", objects], ...more.map((it): [string, string] => [it, objects]));
  const { wrongs } = await auditOf(bucket.host);
  assert.deepEqual(wrongs.filter((name) => /copy/.test(name)), [
    "copy an object",
    "copy a version of an object",
    "replace an object by its copy",
    ...COPIES_INTO_PARTS,
  ]);
});

rgwTest("the audit finds a policy for all buckets", async (rgw) => {
  const [own, other] = [await newBucket(rgw, "versioned"), await newBucket(rgw)];
  await allow(rgw, own, ["s3:PutObject", "*"]);
  const { wrongs } = await auditOf(own.host, [other]);
  assert.deepEqual(wrongs, [...COPIES_INTO_PARTS, "put an object of web2"]);
  await allow(rgw, own, ["s3:DeleteObject", `arn:aws:s3:::${other.name}/*`]);
  assert.deepEqual((await auditOf(own.host, [other])).wrongs, ["delete an object of web2"]);
});

rgwTest(
  "the audit finds a host that can put objects into another host's directory of a shared bucket",
  async (rgw) => {
    const own = await newBucket(rgw, "versioned");
    const { wrongs, all } = await auditOf(own.host, [own]);
    assert.deepEqual(wrongs, ["put an object of web2"]);
    assert.match(all.find((it) => !isAsWanted(it))!.remedy, /own objects alone, not on those of web2/);
  },
);

rgwTest("the audit finds a public bucket", async (rgw) => {
  const bucket = await newBucket(rgw, "versioned");
  const Resource = [`arn:aws:s3:::${bucket.name}`, `arn:aws:s3:::${bucket.name}/*`];
  const Statement = [{
    Effect: "Allow",
    Principal: "*",
    Action: ["s3:ListBucket", "s3:GetObject"],
    Resource,
  }];
  const admin = s3Client(bucket.admin, 0);
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await admin.send(new PutBucketPolicyCommand({ Bucket: bucket.name, Policy })).finally(() =>
    admin.destroy()
  );
  assert.deepEqual((await auditOf(bucket.host)).wrongs, [
    "anybody: list the bucket",
    "anybody: read an object",
  ]);
});

rgwTest(
  "attempts that are allowed do no harm: an audit with the owner's keys does not change the bucket",
  async (rgw) => {
    const bucket = await newBucket(rgw, "lock");
    await withWriter(bucket.host, (writer) => writer.put("host/snapshot/object", new Uint8Array(3)));
    const { wrong, attempts } = await auditOf(bucket.admin);
    assert.ok(wrong > attempts * 0.7, `${wrong} of ${attempts}`);
    // Still there, still locked down, still putting.
    await withReader(bucket.trusted, async (reader) => {
      assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ name }) => name), [
        "host/snapshot/object",
      ]);
    });
    assert.deepEqual((await auditOf(bucket.host)).wrongs, []);
  },
);

rgwTest("the audit finds a host that cannot put, and ends with an error on invalid keys", async (rgw) => {
  const bucket = await newBucket(rgw, "versioned");
  assert.ok((await auditOf(bucket.trusted)).wrongs.includes("put a new object"));
  const credentials = { ...bucket.host.credentials, accessKeyId: "nobody" };
  await assert.rejects(auditOf({ ...bucket.host, credentials }), { name: "StoreError", kind: "credentials" });
  await assert.rejects(auditOf({ ...bucket.host, bucket: "no-such-bucket" }), { kind: "setup" });
  await assert.rejects(auditOf({ ...bucket.host, endpoint: "http://127.0.0.1:1" }), StoreError);
});

rgwTest("verify ignores the object that an audit stores", async (rgw) => {
  const bucket = await newBucket(rgw, "versioned");
  await withScenario(directory({ a: file("a") }), async (scenario) => {
    await withWriter(bucket.host, (writer) => backup(scenario.host, writer, scenario.run));
    assert.match((await auditOf(bucket.host)).object, /^web1\.example\.org\/\.nightdrop-audit\/\d{8}T/);
    await withReader(bucket.trusted, async (reader) => {
      const found: Finding[] = [];
      await verify(scenario.host, reader, {}, (finding) => found.push(finding), scenario.run);
      assert.deepEqual(found, []);
    });
  });
});

rgwTest("audit exits with 0 if all is correct, else with 4 and a remedy", async (rgw) => {
  const bucket = await newBucket(rgw, "versioned");
  await withScenario(directory({}), async (scenario) => {
    const { deno, config, env } = await bucketCommand(scenario, rgw.endpoint, bucket.name, bucket);
    const args = [...deno, "audit", "web1", "--config", config];
    const good = await must(Deno.execPath(), args, { env });
    assert.match(good.text, /^ok {5}refused +list the bucket \(403 AccessDenied\)$/m);
    assert.match(good.text, /^web1\.example\.org: good: .* \(\d+ attempts\)$/m);
    await allow(rgw, bucket, ["s3:GetObject", `arn:aws:s3:::${bucket.name}/*`]);
    const bad = await run(Deno.execPath(), [...args, "--json"], { env });
    assert.equal(bad.code, 4);
    const last = JSON.parse(bad.text.trim().split("\n").at(-1)!);
    assert.deepEqual([last.event, last.wrong], ["audited", 2]);
  });
});
