/** The replication that `provision --replicate` sets up, held against what Amazon's manuals say. */
import assert from "node:assert/strict";
import { Misuse } from "../../lib/model/failure.ts";
import type { Host } from "../../lib/config/types.ts";
import { emitReplica } from "../../lib/provisioning/replicate.ts";
import { amazonTest, body, changes } from "../support/amazon_host.ts";
import { NEW_BUCKET } from "../support/vault.ts";
import { hosts, replicate, states } from "./replicated.ts";

const SOURCE = "/web1-backups";
const TARGET = "/second-web1";

amazonTest(
  "a replication creates the second bucket, the role and the rule in order, and repeats nothing",
  async (amazon, desk) => {
    const all = hosts(amazon, desk);
    await desk.provision(all[0]!, { apply: true });
    amazon.asked.length = 0;
    assert.deepEqual(states(await replicate(desk, all)), {
      "source": "good",
      ...NEW_BUCKET,
      "role": "missing",
      "role policy": "missing",
      "replication": "missing",
    });
    assert.deepEqual(changes(amazon), [], "a plan changes nothing");
    await replicate(desk, all, { apply: true });
    assert.deepEqual(changes(amazon), [
      `PUT ${TARGET}`,
      `PUT ${TARGET}?versioning`,
      `PUT ${TARGET}?lifecycle`,
      `PUT ${TARGET}?tagging`,
      "IAM CreateRole",
      "IAM PutRolePolicy",
      `PUT ${SOURCE}?replication`,
    ]);
    assert.match(body(amazon, `PUT ${TARGET}`), /<LocationConstraint>eu-west-1</);
    assert.match(body(amazon, `PUT ${TARGET}?lifecycle`), /<Expiration><Days>61<\/Days><\/Expiration>/);
    const rule = body(amazon, `PUT ${SOURCE}?replication`);
    assert.match(
      rule,
      /<Role>arn:aws:iam::123456789012:role\/nightdrop\/nightdrop-replicate-web1-backups<\/Role>/,
    );
    assert.match(rule, /<DeleteMarkerReplication><Status>Disabled<\/Status><\/DeleteMarkerReplication>/);
    assert.match(rule, /<Destination><Bucket>arn:aws:s3:::second-web1<\/Bucket><\/Destination>/);
    assert.match(rule, /<Status>Enabled<\/Status>/);
    assert.match(rule, /<Priority>1<\/Priority>/);
    amazon.asked.length = 0;
    const again = await replicate(desk, all, { apply: true });
    assert.deepEqual([changes(amazon), new Set(Object.values(states(again)))], [[], new Set(["good"])]);
  },
);

amazonTest("the role may replicate new versions, and no deletions", async (amazon, desk) => {
  const all = hosts(amazon, desk, { store: { objectLock: { mode: "compliance" } } });
  await desk.provision(all[0]!, { apply: true });
  await replicate(desk, all, { apply: true });
  const { trust, policies } = amazon.roles.get("nightdrop-replicate-web1-backups")!;
  assert.deepEqual(JSON.parse(trust).Statement, [
    { Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sts:AssumeRole" },
  ]);
  const actions = JSON.parse(policies.get("nightdrop")!).Statement.map((
    { Action, Resource }: { Action: string[]; Resource: string[] },
  ) => [Action, Resource]);
  assert.deepEqual(actions, [
    [["s3:GetReplicationConfiguration", "s3:ListBucket"], ["arn:aws:s3:::web1-backups"]],
    [[
      "s3:GetObjectVersionForReplication",
      "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionTagging",
      "s3:GetObjectRetention",
      "s3:GetObjectLegalHold",
    ], ["arn:aws:s3:::web1-backups/*"]],
    [["s3:ReplicateObject"], ["arn:aws:s3:::second-web1/*"]],
  ]);
  const made = amazon.asked.find(({ call }) => call === `PUT ${TARGET}`)!;
  assert.equal(made.headers.get("x-amz-bucket-object-lock-enabled"), "true", "the lock of the source");
  assert.match(body(amazon, `PUT ${TARGET}?object-lock`), /<Mode>COMPLIANCE<\/Mode><Days>61<\/Days>/);
});

amazonTest(
  "hosts that share a bucket share its role, and each has a rule for its prefix",
  async (amazon, desk) => {
    const prefix = { prefix: "{host}" };
    const all = hosts(amazon, desk, {
      store: { ...prefix, bucket: "shared" },
      mirror: { ...prefix, storageClass: "GLACIER_IR" },
      names: ["web1", "web2"],
    });
    for (const host of all) await desk.provision(host, { apply: true });
    await replicate(desk, all, { apply: true });
    await replicate(desk, all.toReversed(), { apply: true });
    const rules = amazon.buckets.get("shared")!.get("replication")!;
    for (const [at, name] of ["web1", "web2"].entries()) {
      assert.match(rules, new RegExp(`<ID>nightdrop ${name}</ID><Priority>${at + 1}</Priority>`));
      assert.match(rules, new RegExp(`<Filter><Prefix>${name}/</Prefix></Filter>`));
      assert.match(
        rules,
        new RegExp(`<Bucket>arn:aws:s3:::second-${name}</Bucket><StorageClass>GLACIER_IR<`),
      );
    }
    const policy = amazon.roles.get("nightdrop-replicate-shared")!.policies.get("nightdrop")!;
    assert.match(policy, /"arn:aws:s3:::second-web1\/\*","arn:aws:s3:::second-web2\/\*"/);
    assert.equal(
      amazon.asked.filter(({ call }) => call === "IAM PutRolePolicy").length,
      1,
      "it has both from the start",
    );
    assert.deepEqual(new Set(Object.values(states(await replicate(desk, all)))), new Set(["good"]));
  },
);

amazonTest(
  "a source without versions comes first, and rules with another role are not removed",
  async (amazon, desk) => {
    const all = hosts(amazon, desk);
    const early = await replicate(desk, all, { apply: true });
    assert.match(
      JSON.stringify(early.steps[0]),
      /the bucket does not exist: `nightdrop provision HOST --apply` comes first/,
    );
    assert.deepEqual(changes(amazon), []);
    await desk.provision(all[0]!, { apply: true });
    const rule =
      "<Rule><ID>other</ID><Status>Enabled</Status><Priority>4</Priority><Filter><Prefix>x</Prefix></Filter>" +
      "<Destination><Bucket>arn:aws:s3:::x</Bucket></Destination></Rule>";
    const found = (role: string): string =>
      `<ReplicationConfiguration><Role>${role}</Role>${rule}</ReplicationConfiguration>`;
    const bucket = amazon.buckets.get("web1-backups")!;
    bucket.set("replication", found("arn:aws:iam::123456789012:role/other"));
    await assert.rejects(
      replicate(desk, all, { apply: true }),
      /has replication rules with the role .*role\/other/,
    );
    assert.match(bucket.get("replication")!, /role\/other/);
    bucket.set(
      "replication",
      found("arn:aws:iam::123456789012:role/nightdrop/nightdrop-replicate-web1-backups"),
    );
    await replicate(desk, all, { apply: true });
    assert.match(bucket.get("replication")!, /<ID>other<.*<ID>nightdrop web1<\/ID><Priority>5</s);
  },
);

amazonTest("changed settings of a replication are found and corrected", async (amazon, desk) => {
  const all = hosts(amazon, desk);
  await desk.provision(all[0]!, { apply: true });
  await replicate(desk, all, { apply: true });
  const role = amazon.roles.get("nightdrop-replicate-web1-backups")!;
  role.trust = role.trust.replace("s3.amazonaws.com", "ec2.amazonaws.com");
  role.policies.delete("nightdrop");
  const bucket = amazon.buckets.get("web1-backups")!;
  bucket.set("replication", bucket.get("replication")!.replace("Disabled", "Enabled"));
  const found = states(await replicate(desk, all));
  assert.deepEqual([found.role, found["role policy"], found.replication], [
    "different",
    "missing",
    "different",
  ]);
  await replicate(desk, all, { apply: true });
  assert.deepEqual(new Set(Object.values(states(await replicate(desk, all)))), new Set(["good"]));
});

amazonTest("what replication cannot copy is refused, with another way", async (amazon, desk) => {
  const refused = (all: readonly Host[], says: RegExp, name = "second"): Promise<void> =>
    assert.rejects(
      replicate(desk, all, { apply: true, name }),
      (error) => error instanceof Misuse && says.test(`${error.message} ${error.hint}`),
    );
  await refused(hosts(amazon, desk), /no mirror of this name Name one of disk, second/, "third");
  await refused(hosts(amazon, desk), /this mirror is a directory Run `nightdrop mirror/, "disk");
  await refused(
    hosts(amazon, desk, { mirror: { prefix: "copies" } }),
    /prefix of the mirror is "copies", .*none/,
  );
  await refused(hosts(amazon, desk, { mirror: { endpoint: "https://s3.example.org" } }), /another provider/);
  await refused(hosts(amazon, desk, { mirror: { region: "cn-north-1" } }), /another provider/);
  await refused(
    hosts(amazon, desk, { mirror: { bucket: "{host}-backups", region: "eu-central-1" } }),
    /bucket of the host itself/,
  );
  assert.deepEqual(changes(amazon), []);
  assert.throws(() => emitReplica(hosts(amazon, desk)[0]!, "second", []), /only Amazon's S3 replicates/);
});

amazonTest("the names of roles fit Amazon's limit, and differ", (amazon, desk) => {
  const role = (bucket: string): string => {
    const all = hosts(amazon, desk, {
      store: { bucket, endpoint: undefined },
      mirror: { endpoint: undefined },
    });
    const { role, target } = emitReplica(all[0]!, "second", all);
    // Only S3 puts into the second bucket. What refuses puts could stop it.
    assert.deepEqual(target.bucketPolicy.Statement.map(({ Sid }) => Sid), ["NightdropTlsOnly"]);
    return role;
  };
  const [one, other] = ["a", "b"].map((end) => role(`${"x".repeat(62)}${end}`));
  assert.notEqual(one, other);
  assert.deepEqual([one!.length, other!.length, role("short")], [64, 64, "nightdrop-replicate-short"]);
  return Promise.resolve();
});
