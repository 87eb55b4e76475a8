/** The reading user that `provision --reader` creates, at a real server: Ceph RGW. */
import assert from "node:assert/strict";
import { GetUserPolicyCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { DeleteObjectCommand, PutBucketPolicyCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Host, S3Store } from "../../lib/config/types.ts";
import type { KeyStep } from "../../lib/provisioning/provision.ts";
import type { PolicyStatement } from "../../lib/store/vault/policy.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import { ADMIN, keysOf } from "../../scripts/rgw/accounts.ts";
import { type Cluster, radosgwAdmin } from "../../scripts/rgw/cluster.ts";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { owner } from "../support/owner.ts";
import { paste } from "../support/radosgw_admin.ts";
import { rgwTest } from "../support/rgw.ts";
import { backupFromKit, clientOptions, giveKeys } from "../support/rgw_host.ts";
import { type Desk, withDesk } from "../support/vault.ts";

/** Owner with two backed-up hosts in a shared bucket, and one in a bucket of its own. */
interface Fleet {
  readonly rgw: Cluster;
  readonly desk: Desk;
  readonly hosts: readonly Host[];
  readonly user: string;
  readonly file: string;
  /** Runs nightdrop with the administrator's credentials; gives the last object. */
  // deno-lint-ignore no-explicit-any
  owner(...args: string[]): Promise<any>;
  /** Runs nightdrop without credentials in the environment. */
  reader(...args: string[]): ReturnType<typeof nightdrop>;
}

function withFleet(body: (fleet: Fleet) => Promise<void>): (rgw: Cluster) => Promise<void> {
  return (rgw) =>
    withDesk(async (desk) => {
      const id = crypto.randomUUID().slice(0, 8);
      const at = {
        kind: "s3",
        region: "us-east-1",
        endpoint: rgw.endpoint,
        credentials: { file: "reader.keys" },
      } as const;
      const shared = { ...at, bucket: `shared-${id}`, prefix: "fleet/{host}" };
      Deno.mkdirSync(`${desk.directory}/data`);
      Deno.writeTextFileSync(`${desk.directory}/data/file`, "content\n");
      const paths = [`${desk.directory}/data`];
      const config = {
        store: { ...at, bucket: `{host}-${id}` },
        retention: { days: 1, refreshDays: 0 },
        state: "state",
        hosts: {
          [`alone-${id}`]: { paths },
          [`one-${id}`]: { paths, store: shared },
          [`two-${id}`]: { paths, store: shared },
        },
      };
      const hosts = desk.hosts(config);
      for (const host of hosts) {
        await desk.provision(host, { apply: true });
        await giveKeys(rgw, desk, host);
        await desk.provision(host, { apply: true });
        await backupFromKit(desk, host);
      }
      const recipients = [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }];
      const text = `export default ${JSON.stringify({ ...config, recipients })};`;
      Deno.writeTextFileSync(`${desk.directory}/backup.config.ts`, text);
      const cwd = desk.directory;
      const env = {
        NIGHTDROP_OWNER_ACCESS_KEY_ID: ADMIN.accessKeyId,
        NIGHTDROP_OWNER_SECRET_ACCESS_KEY: ADMIN.secretAccessKey,
      };
      const user = `reader-${id}`;
      await body({
        rgw,
        desk,
        hosts,
        user,
        file: `${cwd}/reader.keys`,
        // deno-lint-ignore no-explicit-any
        async owner(...args): Promise<any> {
          const { code, text, stderr } = await nightdrop([...args, "--user", user, "--json"], { cwd, env });
          assert.equal(code, 0, `${args}: ${stderr} ${text}`);
          return jsonLines(text).at(-1);
        },
        reader: (...args) => nightdrop(args, { cwd }),
      });
    });
}

/** Creates the reading user as owner and administrator do in turn. */
async function makeReader({ rgw, desk, owner }: Fleet): Promise<void> {
  await paste(rgw, desk, await owner("provision", "--reader"));
  await owner("provision", "--reader", "--apply");
}

async function succeeds(call: ReturnType<typeof nightdrop>): Promise<string> {
  const { code, text, stderr } = await call;
  assert.equal(code, 0, stderr + text);
  return text;
}

const states = (keys: readonly KeyStep[]): string[] => keys.map(({ state }) => state);

rgwTest(
  "the reading user lists, verifies and restores all hosts, and is refused everything else",
  withFleet(async (fleet) => {
    const { rgw, desk, hosts, user, file, owner, reader } = fleet;
    const planned = await owner("provision", "--reader");
    assert.deepEqual([planned.user, planned.dialect, planned.buckets.length], [user, "ceph", 3]);
    assert.deepEqual(
      planned.steps.map(({ name, state }: { name: string; state: string }) => `${name}: ${state}`),
      [
        "user policy: missing",
        "other policies: good",
      ],
    );
    assert.match(planned.keys[0].commands.join("\n"), /^radosgw-admin user create .*--max-buckets=-1/m);
    await paste(rgw, desk, planned);
    assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
    const applied = await owner("provision", "--reader", "--apply");
    assert.match(applied.keys[0].text, /it can list the buckets; it cannot put objects$/);

    assert.equal((await succeeds(reader("list", "--json"))).match(/"event":"snapshot"/g)!.length, 3);
    await succeeds(reader("verify", "--deep", "--identity", "private.asc"));
    const { text } = await reader("status", "--json");
    assert.deepEqual(jsonLines(text).filter(({ state }) => state === "unknown"), []);
    for (const { name } of hosts) {
      await succeeds(
        reader("restore", `${name}/latest`, "--to", `back-${name}`, "--identity", "private.asc"),
      );
      assert.equal(
        Deno.readTextFileSync(`${desk.directory}/back-${name}${desk.directory}/data/file`),
        "content\n",
      );
    }
    const client = s3Client(clientOptions(rgw, await keysOf(rgw, user)), 0);
    const Bucket = hosts[0]!.store.kind === "s3" ? hosts[0]!.store.bucket : "";
    try {
      for (
        const request of [
          new PutObjectCommand({ Bucket, Key: "x", Body: new Uint8Array(1) }),
          new DeleteObjectCommand({ Bucket, Key: "x" }),
          new PutBucketPolicyCommand({ Bucket, Policy: "{}" }),
        ]
      ) {
        await assert.rejects(client.send(request as PutObjectCommand), { name: "AccessDenied" });
      }
    } finally {
      client.destroy();
    }
    const audited = await owner("audit", "--reader");
    assert.deepEqual([audited.event, audited.wrong, audited.drifts], ["readerAudited", 0, 0]);
    assert.ok(audited.attempts > 70, `${audited.attempts}`);
  }),
);

/** The administrator's record of the user, without its keys. */
async function recordOf({ rgw, user }: Fleet): Promise<object> {
  const { data } = JSON.parse(await radosgwAdmin(rgw, ["metadata", "get", `user:${user}`]));
  return { ...data, keys: [] };
}

rgwTest(
  "the key of the reading user is rotated without a moment in which its policy is missing, and revoked",
  withFleet(async (fleet) => {
    const { rgw, desk, user, file, owner, reader } = fleet;
    await makeReader(fleet);
    const record = await recordOf(fleet);
    const first = Deno.readTextFileSync(file);
    const rotated = await owner("provision", "--reader", "--rotate");
    assert.deepEqual(states(rotated.keys), ["good", "by-hand"]);
    await paste(rgw, desk, rotated);
    const second = Deno.readTextFileSync(file);
    assert.notEqual(second, first);
    await succeeds(reader("list"));
    assert.deepEqual((await owner("audit", "--reader")).wrong, 0);
    const finished = await owner("provision", "--reader", "--rotate", "--finish");
    assert.match(await paste(rgw, desk, finished), /^ND[0-9a-f]{18}\n$/);
    assert.deepEqual(await recordOf(fleet), record);
    await succeeds(reader("list"));
    Deno.writeTextFileSync(`${desk.directory}/first`, first, { mode: 0o600 });
    const old = await reader("audit", "--reader", "--credentials", "first");
    assert.match(old.stderr, /the access key ID is not known there/);

    const revoked = await owner("provision", "--reader", "--revoke", "--apply");
    assert.match((await reader("list")).stderr, /may not list/);
    const denied = await recordOf(fleet);
    await paste(rgw, desk, revoked);
    assert.deepEqual(await recordOf(fleet), denied);
    const { keys } = JSON.parse(await radosgwAdmin(rgw, ["user", "info", `--uid=${user}`]));
    assert.deepEqual(keys, []);

    const again = await nightdrop(["provision", "--reader", "--apply", "--user", user], {
      cwd: desk.directory,
      env: {
        NIGHTDROP_OWNER_ACCESS_KEY_ID: ADMIN.accessKeyId,
        NIGHTDROP_OWNER_SECRET_ACCESS_KEY: ADMIN.secretAccessKey,
      },
    });
    assert.equal(again.code, 2, again.text);
    assert.match(again.stderr, /a key that the server does not know[\s\S]*Move the file away/);
    Deno.renameSync(file, `${file}.old`);
    await paste(rgw, desk, await owner("provision", "--reader", "--apply"));
    await succeeds(reader("list"));
    assert.deepEqual((await owner("audit", "--reader")).wrong, 0);
  }),
);

rgwTest(
  "the audit finds a reading user that can do more or less than read",
  withFleet(async (fleet) => {
    const { rgw, desk, hosts, user, reader, file } = fleet;
    await makeReader(fleet);
    const { iam } = await desk.owners.of(hosts[0]!);
    const policy = async (UserName: string): Promise<string> =>
      (await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: "nightdrop" }))).PolicyDocument!;
    const given = JSON.parse(await policy(user));
    const wrongs = async (...allowed: readonly string[]): Promise<string[]> => {
      const statements = given.Statement.map((it: PolicyStatement) =>
        it.Effect === "Allow"
          ? it
          : { ...it, Action: [it.Action].flat().filter((name) => !allowed.includes(name)) }
      );
      const more = { Sid: "More", Effect: "Allow", Action: allowed, Resource: [arn, `${arn}/*`] };
      const PolicyDocument = JSON.stringify({ ...given, Statement: [...statements, more] });
      await iam.send(new PutUserPolicyCommand({ UserName: user, PolicyName: "nightdrop", PolicyDocument }));
      const { code, text } = await reader("audit", "--reader", "--user", user, "--json");
      assert.equal(code, 4, text);
      return jsonLines(text).filter(({ event, found, wanted }) =>
        event === "attempt" && found !== wanted && found !== "lacking"
      )
        .map(({ name }) => name);
    };
    const bucket = `s3://${(hosts[0]!.store as S3Store).bucket}/`;
    const arn = `arn:aws:s3:::${(hosts[0]!.store as S3Store).bucket}`;
    assert.deepEqual(await wrongs("s3:PutObject"), [
      `put an object into ${bucket}`,
      "store a public object",
    ]);
    assert.deepEqual(await wrongs("s3:DeleteObject"), [
      `delete many objects in ${bucket}`,
      `delete an object in ${bucket}`,
    ]);
    assert.deepEqual(await wrongs("s3:PutBucketPolicy"), ["set the bucket's policy"]);
    assert.deepEqual(await wrongs("s3:PutObjectTagging"), ["tag an object"]);
    assert.deepEqual(await wrongs("s3:GetObjectAcl"), ["read an object's ACL"]);
    await radosgwAdmin(rgw, [
      "key",
      "create",
      `--uid=${user}`,
      "--key-type=s3",
      "--gen-access-key",
      "--gen-secret",
    ]);
    assert.equal((await reader("audit", "--reader", "--user", user)).code, 4, "the policy was dropped");
    Deno.removeSync(file);
  }),
);
