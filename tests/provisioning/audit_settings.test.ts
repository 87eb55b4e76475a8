/** What `audit` finds with the owner's credentials: a vault that `provision` made, and that somebody has spoiled since. */
import assert from "node:assert/strict";
import {
  DeleteBucketLifecycleCommand,
  DeletePublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
} from "@aws-sdk/client-s3";
import { drifts } from "../../lib/provisioning/drift.ts";
import { Failure } from "../../lib/model/failure.ts";
import { ADMIN } from "../../scripts/rgw/accounts.ts";
import { withAmazon } from "../support/amazon.ts";
import {
  alsoAllowing,
  auditWithOwner,
  PATTERN,
  setHostPolicy,
  type Vault,
  vaultTest,
} from "../support/audited_vault.ts";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { backupFromKit, giveKeys, newHost } from "../support/rgw_host.ts";
import { withDesk } from "../support/vault.ts";

/** Changes of a vault, and the attempts and settings that the audit finds. */
const SPOILED: [
  what: string,
  spoil: (vault: Vault) => Promise<unknown>,
  wrongs: string[],
  drifts: string[],
][] = [
  [
    "a policy that also allows Get",
    (vault) => setHostPolicy(vault, alsoAllowing("s3:GetObject")),
    ["read an object", "see whether an object is there", "read an earlier object of the host"],
    ["user policy"],
  ],
  [
    "a policy that also allows Delete",
    (vault) => setHostPolicy(vault, alsoAllowing("s3:DeleteObject")),
    ["delete an object"],
    ["user policy"],
  ],
  [
    "a policy for all buckets",
    (vault) => setHostPolicy(vault, (all) => all.map((it) => ({ ...it, Resource: "*" }))),
    ["put an object of the-other"],
    ["user policy"],
  ],
  [
    "a bucket without expiry",
    ({ owner, bucket: Bucket }) => owner.s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
    [],
    ["lifecycle"],
  ],
  [
    "a bucket with a rule that removes earlier",
    ({ owner, bucket: Bucket }) => {
      const Rules = [{
        ID: "theirs",
        Status: "Enabled",
        Filter: { Prefix: "" },
        Expiration: { Days: 1 },
      }] as const;
      const LifecycleConfiguration = { Rules: [...Rules] };
      return owner.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    },
    [],
    ["lifecycle"],
  ],
  [
    "a bucket that its policy makes public",
    async ({ owner, bucket: Bucket }) => {
      await owner.s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
      const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
      const Action = ["s3:ListBucket", "s3:GetObject"];
      const Statement = [{ Sid: "Everybody", Effect: "Allow", Principal: "*", Action, Resource }];
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
      await owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    },
    ["anybody: list the bucket", "anybody: read an object"],
    ["public access", "bucket policy"],
  ],
  [
    "a bucket that its ACL makes public",
    async ({ owner, bucket: Bucket }) => {
      await owner.s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
      await owner.s3.send(new PutBucketAclCommand({ Bucket, ACL: "public-read" }));
    },
    ["anybody: list the bucket"],
    ["public access"],
  ],
  [
    "a bucket whose versioning was suspended",
    ({ owner, bucket: Bucket }) => {
      const VersioningConfiguration = { Status: "Suspended" } as const;
      return owner.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    },
    ["overwrite an object"],
    ["versioning"],
  ],
];

for (const [what, spoil, wrongs, settings] of SPOILED) {
  vaultTest(`the audit finds ${what} and names a remedy`, async (vault, desk, rgw) => {
    const other = { ...newHost(rgw, desk), name: "the-other" };
    await desk.provision(other, { apply: true });
    const before = await auditWithOwner(vault, desk, [other]);
    assert.deepEqual([before.wrongs, before.drifted], [[], []]);
    await spoil(vault);
    const found = await auditWithOwner(vault, desk, [other]);
    assert.deepEqual(found.wrongs, wrongs);
    assert.deepEqual(found.drifted.map(({ name }) => name), settings);
    assert.equal(found.broken, settings.length);
  });
}

vaultTest("the audit finds a shortened lock", async (vault, desk) => {
  const Rule = { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule } as const;
  await vault.owner.s3.send(
    new PutObjectLockConfigurationCommand({ Bucket: vault.bucket, ObjectLockConfiguration }),
  );
  const { drifted } = await auditWithOwner(vault, desk);
  assert.deepEqual(drifted.map(({ name, found }) => [name, found]), [
    ["object lock", '{"mode":"GOVERNANCE","days":1}'],
  ]);
}, { objectLock: { mode: "governance" } });

vaultTest(
  "with the owner's credentials the audit tries to read objects of other hosts",
  async (vault, desk, rgw) => {
    const other = newHost(rgw, desk);
    await giveKeys(rgw, desk, other);
    await desk.provision(other, { apply: true });
    await backupFromKit(desk, other);
    assert.deepEqual((await auditWithOwner(vault, desk, [other])).wrongs, []);
    await setHostPolicy(vault, (all) => {
      const Resource = `arn:aws:s3:::${other.name}-backups/*`;
      return alsoAllowing("s3:GetObject")(all).map((it) => it.Sid === "More" ? { ...it, Resource } : it);
    });
    const { wrongs } = await auditWithOwner(vault, desk, [other]);
    assert.ok(wrongs.includes(`read an object of ${other.name}`), wrongs.join());
  },
);

vaultTest(
  "provision refuses a bucket with a foreign policy",
  async ({ owner, host, bucket }, desk) => {
    await owner.s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
    const Resource = `arn:aws:s3:::${bucket}/*`;
    const Statement = {
      Sid: "Everybody",
      Effect: "Allow",
      Principal: { AWS: ["*"] },
      Action: "s3:GetObject",
      Resource,
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await owner.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    const refused = (error: unknown): boolean =>
      error instanceof Failure &&
      /"Everybody" in the policy of .* allows access to everyone/.test(error.message);
    await assert.rejects(desk.provision(host, { apply: true }), refused);
  },
);

Deno.test("disabled bucket encryption is reported as drift, not as a failure", () =>
  withAmazon((amazon) =>
    withDesk(async (desk) => {
      const store = { bucket: "{host}-backups", region: "eu-central-1", endpoint: amazon.endpoint } as const;
      const config = {
        store: { kind: "s3", ...store },
        retention: { days: 30 },
        hosts: { web1: { paths: ["/etc"] } },
      } as const;
      const [host] = desk.hosts(config);
      await desk.provision(host!, { apply: true });
      amazon.buckets.get("web1-backups")!.delete("encryption");
      assert.deepEqual(await drifts(host!, desk.owners, PATTERN), [
        { name: "encryption", wanted: "SSE-S3 by default", found: "nothing", broken: false },
      ]);
    }, { accessKeyId: "OWNER", secretAccessKey: "of-the-owner" })
  ));

vaultTest(
  "audit exits with 4 for a bucket without expiry, and reports settings that it did not compare",
  async (vault, desk, rgw) => {
    const { host, owner, bucket } = vault;
    const config = {
      recipients: host.recipients,
      store: { kind: "s3", bucket, region: "us-east-1", endpoint: rgw.endpoint },
      retention: { days: 1, refreshDays: 0 },
      hosts: { [host.name]: { paths: ["/etc"] } },
    };
    await Deno.writeTextFile(`${desk.directory}/config.ts`, `export default ${JSON.stringify(config)};`);
    const credentials = `${desk.kit(host)}/credentials`;
    const args = [
      "audit",
      host.name,
      "--config",
      `${desk.directory}/config.ts`,
      "--credentials",
      credentials,
    ];
    const env = {
      NIGHTDROP_OWNER_ACCESS_KEY_ID: ADMIN.accessKeyId,
      NIGHTDROP_OWNER_SECRET_ACCESS_KEY: ADMIN.secretAccessKey,
    };
    const good = await nightdrop(args, { env });
    assert.equal(good.code, 0, good.text + good.stderr);
    assert.match(good.text, /: good: .*; the settings match the config$/m);
    await owner.s3.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }));
    const without = await nightdrop(args);
    assert.equal(without.code, 0);
    assert.match(without.stderr, /Did not compare the settings with the config: .* --owner-credentials/);
    const bad = await nightdrop(args, { env });
    assert.equal(bad.code, 4);
    assert.match(bad.text, /^WRONG {2}lifecycle: nothing: expected objects expire after 2 days/m);
    assert.match(
      bad.text,
      /: BAD: it can put new objects and nothing else .*; 1 setting different from the config$/m,
    );
    const json = jsonLines((await nightdrop([...args, "--json"], { env })).text);
    assert.deepEqual(
      json.filter(({ event }) => event === "drift").map(({ name, broken }) => [name, broken]),
      [
        ["lifecycle", true],
      ],
    );
  },
);
