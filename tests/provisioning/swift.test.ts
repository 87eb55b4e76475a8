/** What `audit` and `provision` find on OpenStack Swift, whose users have ACLs of containers and no policies. */
import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { Failure } from "../../lib/model/failure.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { withReader, withWriter } from "../store/closed_clients.ts";
import { withDirectory } from "../support/directory.ts";
import { bash } from "../support/foreign.ts";
import { USERS } from "../support/swift/configuration.ts";
import { bucketOptions, newBucket, ownApi, type Swift, swiftTest } from "../support/swift.ts";
import { withDesk } from "../support/vault.ts";
import { auditOf } from "./audited.ts";

const LOCKS = ["shorten an object's lock, with bypass", "lift an object's legal hold"];

swiftTest("a user who may write a bucket with versions passes the audit", async (swift) => {
  const [own, other] = [await newBucket(swift), await newBucket(swift)];
  await ownApi(swift, "admin", "POST", other.name, { "X-Container-Write": "test:reader" });
  const { wrongs, all } = await auditOf(own.host, [other]);
  assert.deepEqual(wrongs, []);
  const found = (name: string): string => all.find((it) => it.name === name)!.found;
  for (const name of ["overwrite an object", ...LOCKS]) assert.equal(found(name), "kept", name);
  for (const name of ["read an object", "list the bucket", "delete many objects", "put an object of web2"]) {
    assert.equal(found(name), "refused", name);
  }
  for (
    const name of ["set the bucket's expiry", "list users", "anybody: put an object", "store a public object"]
  ) {
    assert.equal(found(name), "lacking", name);
  }
});

swiftTest(
  "the command of docs/STORES.md makes a bucket that passes the audit and that the owner reads",
  async (swift) => {
    const [command] = /^swift post .*$/m.exec(Deno.readTextFileSync("docs/STORES.md"))!;
    const name = `bucket-${crypto.randomUUID()}`;
    const [host, trusted] = [bucketOptions(swift, name, "host"), bucketOptions(swift, name, "reader")];
    const line = command.replace("web1-backups", name).replace("PROJECT:web1", "test:host")
      .replace("PROJECT:owner", "test:reader");
    await bash(line, { env: ownerOf(swift) });
    assert.deepEqual((await auditOf(host)).wrongs, []);
    await withWriter(host, (writer) => writer.put("a", new Uint8Array([1])));
    await withReader(trusted, async (reader) => {
      assert.deepEqual(await reader.get("a", { maxBytes: 1 }), new Uint8Array([1]));
    });
  },
  {},
  ["swift"],
);

swiftTest(
  "the commands of docs/STORES.md remove old versions of a host's objects, and nothing younger",
  async (swift) => {
    const [block] = /^before=[\s\S]*?(?=^```)/m.exec(Deno.readTextFileSync("docs/STORES.md"))!;
    const { name, host } = await newBucket(swift);
    const old = [
      "web1.example.org/a/000001.tar.gpg",
      "web1.example.org/a/receipt-0.json.asc",
      "web2.example.org/x",
    ];
    const young = ["web1.example.org/a/000001.tar.gpg", "web1.example.org/b/receipt-1.json.asc"];
    const put = (names: readonly string[], byte: number): Promise<void> =>
      withWriter(host, async (writer) => {
        for (const it of names) await writer.put(it, new Uint8Array([byte]));
      });
    await put([...old, "web1.example.org/a/deleted"], 1);
    await ownApi(swift, "admin", "DELETE", `${name}/web1.example.org/a/deleted`);
    const { last_modified: last } = (await versionsIn(swift, name)).sort((a, b) =>
      a.last_modified.localeCompare(b.last_modified)
    ).at(-1)!;
    await put(young, 2);
    const lines = block.replace(/\$\(date .*\)/, `${last}1`).replaceAll("web1-backups", name);
    await withDirectory(async (cwd) => {
      await bash(lines, { env: ownerOf(swift), cwd });
      const [first] = Deno.readTextFileSync(`${cwd}/expired`).split("\n");
      assert.match(first!, / web1\.example\.org\/a\/receipt-0/);
    });
    const left = (await versionsIn(swift, name)).map((it) => it.name).sort();
    assert.deepEqual(left, [...young, "web2.example.org/x"].sort());
  },
  {},
  ["swift", "jq"],
);

/** Variables of Swift's client for the owner of the account. */
function ownerOf({ endpoint }: Swift): Record<string, string> {
  return { ST_AUTH: `${endpoint}/auth/v1.0`, ST_USER: "test:admin", ST_KEY: USERS.admin };
}

async function versionsIn(
  swift: Swift,
  bucket: string,
): Promise<{ readonly name: string; readonly last_modified: string }[]> {
  const { text } = await bash(`swift list ${bucket} --versions --json`, { env: ownerOf(swift) });
  return JSON.parse(text);
}

swiftTest("the audit finds a bucket without versions", async (swift) => {
  const { host } = await newBucket(swift, "plain");
  assert.deepEqual((await auditOf(host)).wrongs, ["overwrite an object", ...LOCKS]);
});

swiftTest("the audit finds a host that may read, and one that owns the account", async (swift) => {
  const bucket = await newBucket(swift);
  await ownApi(swift, "admin", "POST", bucket.name, { "X-Container-Read": "test:host" });
  const { wrongs } = await auditOf(bucket.host);
  for (const name of ["read an object", "list the bucket", "delete an object"]) {
    assert.ok(wrongs.includes(name), name);
  }
  const owner = await auditOf(bucket.admin);
  for (
    const name of [
      ...wrongs,
      "list all buckets",
      "delete the bucket",
      "delete a version of an object, with bypass",
    ]
  ) {
    assert.ok(owner.wrongs.includes(name), name);
  }
});

swiftTest("the audit finds a server that refuses create-only puts", async (swift) => {
  const { host } = await newBucket(swift);
  await assert.rejects(auditOf({ ...host, createOnly: true }), (error) => {
    assert.ok(error instanceof StoreError && error.kind === "setup");
    assert.match(error.hint!, /set store\.createOnly to false$/);
    return true;
  });
});

swiftTest("provision says that the server has no users to make, and makes nothing", async (swift) => {
  const { credentials: { accessKeyId, secretAccessKey } } = bucketOptions(swift, "any", "admin");
  const keys = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
  await withDesk(async (desk) => {
    const bucket = `bucket-${crypto.randomUUID()}`;
    const [host] = desk.hosts({
      store: { kind: "s3", bucket, region: "us-east-1", endpoint: swift.endpoint, createOnly: false },
      retention: { days: 1 },
      hosts: { "web1.example.org": { paths: ["/etc"] } },
    });
    await assert.rejects(desk.provision(host as Host, { apply: true }), (error) => {
      assert.ok(error instanceof Failure);
      assert.match(error.message, /has no interface for users and their policies/);
      assert.match(error.hint!, /by hand, as docs\/STORES\.md describes/);
      return true;
    });
    assert.equal(await ownApi(swift, "admin", "HEAD", bucket), 404);
  }, keys);
});
