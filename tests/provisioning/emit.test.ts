import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/parse.ts";
import type { Host } from "../../lib/config/types.ts";
import { emitPolicy, emitTerraform } from "../../lib/provisioning/emit.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { BASE, CONTEXT } from "../config/base.ts";

const USER = "nightdrop-{host}";

function hosts(store: object, ...names: string[]): Host[] {
  const entries = Object.fromEntries(names.map((name) => [name, { paths: ["/etc"] }]));
  return [...parseConfig({ ...BASE, store: { ...BASE.store, ...store }, hosts: entries }, CONTEXT).values()];
}

// deno-lint-ignore no-explicit-any
type Terraform = { resource: Record<string, Record<string, any>> };

Deno.test("the Terraform configuration has the settings that --apply makes", () => {
  const [host] = hosts({ objectLock: { mode: "governance" } }, "web1.example.org");
  const wanted = emitPolicy(host!, USER);
  const { resource } = emitTerraform([host!], USER) as Terraform;
  const at = "nightdrop_web1_example_org";
  assert.deepEqual(resource.aws_s3_bucket![at], {
    bucket: "web1.example.org-backups",
    object_lock_enabled: true,
  });
  assert.deepEqual(JSON.parse(resource.aws_s3_bucket_policy![at].policy), wanted.bucketPolicy);
  assert.deepEqual(JSON.parse(resource.aws_iam_user_policy![at].policy), wanted.userPolicy);
  assert.equal(resource.aws_s3_bucket_object_lock_configuration![at].rule.default_retention.days, 211);
  assert.equal(resource.aws_s3_bucket_lifecycle_configuration![at].rule[0].expiration.days, 211);
  for (const [kind, byLabel] of Object.entries(resource)) {
    const { bucket } = byLabel[at];
    if (!/^aws_iam|^aws_s3_bucket$/.test(kind)) assert.equal(bucket, `\${aws_s3_bucket.${at}.id}`, kind);
  }
  assert.ok(!("aws_iam_access_key" in resource), "its secret would lie in Terraform's state");
});

Deno.test("each host has a different name in Terraform", () => {
  const { resource } = emitTerraform(hosts({ bucket: "{host}-b" }, "a.b", "a-b", "ab"), USER) as Terraform;
  assert.deepEqual(Object.keys(resource.aws_iam_user!), ["nightdrop_a_b", "nightdrop_a-b", "nightdrop_ab"]);
});

Deno.test("hosts that Terraform cannot express are refused", () => {
  assert.throws(() => emitTerraform(hosts({ bucket: "shared" }, "a", "b"), USER), Misuse);
  assert.throws(() => emitTerraform(hosts({ endpoint: "https://s3.example.org" }, "aa"), USER), Misuse);
});

Deno.test("for a server without IAM users the policy denies every other action by name, without header conditions", () => {
  const { userPolicy, bucketPolicy, publicAccess } = emitPolicy(
    hosts({ endpoint: "https://s3.example.org" }, "aa")[0]!,
    USER,
  );
  const denied = userPolicy.Statement.find(({ Sid }) => Sid === "NightdropNothingElse")!.Action;
  for (const action of ["s3:GetObject", "s3:PutObjectAcl", "s3:PutObjectRetention", "s3:DeleteObject"]) {
    assert.ok(denied.includes(action), action);
  }
  assert.deepEqual(bucketPolicy.Statement.map(({ Sid }) => Sid), ["NightdropTlsOnly"]);
  assert.equal(publicAccess.BlockPublicAcls, false);
});

Deno.test("the partition of an ARN follows from the region", () => {
  const arn = (region: string): unknown =>
    emitPolicy(hosts({ region }, "aa")[0]!, USER).userPolicy.Statement[0]!.Resource;
  assert.equal(arn("eu-central-1"), "arn:aws:s3:::aa-backups/*");
  assert.equal(arn("cn-north-1"), "arn:aws-cn:s3:::aa-backups/*");
  assert.equal(arn("us-gov-west-1"), "arn:aws-us-gov:s3:::aa-backups/*");
});
