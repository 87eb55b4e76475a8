/** From backup to restore with a real S3 server: a host that can only put, an owner who can only read. */
import assert from "node:assert/strict";
import { generateIdentity } from "../../lib/seal/identity.ts";
import type { S3Options } from "../../lib/store/s3/writer.ts";
import { assertSameTree, writeTree } from "../source/tree.ts";
import { withDirectory } from "../support/directory.ts";
import { must } from "../support/foreign.ts";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";
import { sampleTree } from "../support/sample_tree.ts";

const HOST = "web1.example.org";

/** Credentials as the environment of a process. */
function environmentOf({ credentials }: S3Options): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentials;
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey.reveal() };
}

async function configure(directory: string, { bucket, region, endpoint }: S3Options): Promise<void> {
  const { publicKey, privateKey, fingerprint } = await generateIdentity({ name: "owner", now: new Date() });
  Deno.writeTextFileSync(`${directory}/owner.asc`, publicKey);
  Deno.writeTextFileSync(`${directory}/owner.private.asc`, privateKey);
  const config = {
    recipients: [{ file: "owner.asc", fingerprint }],
    store: { kind: "s3", bucket, region, endpoint, prefix: "fleet/one" },
    state: "state",
    partSize: 65_536,
    retention: { days: 30 },
    hosts: { [HOST]: { paths: ["source"] } },
  };
  Deno.writeTextFileSync(`${directory}/backup.config.ts`, `export default ${JSON.stringify(config)};`);
}

rgwTest(
  "backups are stored with put-only credentials, and listed, verified and restored with others",
  (rgw) =>
    withDirectory(async (cwd) => {
      const { host, trusted } = await newBucket(rgw);
      await configure(cwd, host);
      writeTree(`${cwd}/source`, sampleTree());
      const [asHost, asOwner] = [{ cwd, env: environmentOf(host) }, { cwd, env: environmentOf(trusted) }];

      for (let day = 1; day <= 2; day++) {
        const stored = await nightdrop(["backup", "--host", HOST], asHost);
        assert.equal(stored.code, 0, stored.stderr);
      }
      const listed = await nightdrop(["list", "--json"], asOwner);
      assert.deepEqual(jsonLines(listed.text).map(({ event, unread }) => [event, unread]), [["snapshot", 0], [
        "snapshot",
        0,
      ]]);
      const identity = ["--identity", "owner.private.asc"];
      const verified = await nightdrop(["verify", "--deep", ...identity], asOwner);
      assert.equal(verified.code, 0, verified.text + verified.stderr);
      const restored = await nightdrop(["restore", "latest", "--to", "back", ...identity], asOwner);
      assert.equal(restored.code, 0, restored.stderr);
      assertSameTree(`${cwd}/back${cwd}/source`, `${cwd}/source`);
      const text = await nightdrop(["cat", "latest", `${cwd}/source/a.txt`, ...identity], asOwner);
      assert.deepEqual([text.code, text.text], [0, "hello\n"], text.stderr);
      const found = await nightdrop(["find", "a.txt", "--json", ...identity], asOwner);
      assert.deepEqual(
        jsonLines(found.text).map(({ event, snapshots }) => [event, snapshots]),
        [["version", 2]],
        found.stderr,
      );
      const today = `${new Date().toISOString().slice(0, 10)}Z`;
      const compared = await nightdrop(["diff", today, "latest", ...identity], asOwner);
      assert.match(compared.text, /^0 added \(0 B\), 0 removed \(0 B\), 0 changed/, compared.stderr);
      const stream = await nightdrop(["tar", "latest", ...identity], asOwner);
      Deno.mkdirSync(`${cwd}/streamed`);
      await must("tar", ["-x", "-p", "--numeric-owner"], { cwd: `${cwd}/streamed`, stdin: stream.stdout });
      assertSameTree(`${cwd}/streamed${cwd}/source`, `${cwd}/source`);

      for (const args of [["list"], ["verify"], ["restore", "latest", "--to", "stolen", ...identity]]) {
        const { code, stderr } = await nightdrop(args, asHost);
        assert.deepEqual([code, /may not list/.test(stderr)], [1, true], `the host: ${args[0]}: ${stderr}`);
      }
      const refused = await nightdrop(["backup", "--host", HOST], asOwner);
      assert.deepEqual([refused.code, /may not store/.test(refused.stderr)], [1, true], refused.stderr);
    }),
);

rgwTest(
  "wrong credentials and a missing bucket are errors with a hint",
  (rgw) =>
    withDirectory(async (cwd) => {
      const { host } = await newBucket(rgw);
      writeTree(`${cwd}/source`, sampleTree());
      const rows: [change: Partial<S3Options>, env: Record<string, string>, says: RegExp, code: number][] = [
        [
          {},
          { ...environmentOf(host), AWS_SECRET_ACCESS_KEY: "wrong" },
          /secret access key does not fit[\s\S]*hint: Check/,
          1,
        ],
        [{}, {}, /Cannot find an access key ID in the environment[\s\S]*hint: Set AWS_ACCESS_KEY_ID/, 2],
        [{ bucket: "no-such-bucket" }, environmentOf(host), /no such bucket[\s\S]*hint: Make the bucket/, 1],
      ];
      for (const [change, env, says, code] of rows) {
        await configure(cwd, { ...host, ...change });
        const ran = await nightdrop(["backup", "--host", HOST], { cwd, env });
        assert.equal(ran.code, code, ran.stderr);
        assert.match(ran.stderr, says);
        assert.doesNotMatch(ran.stderr, /\.gpg|[0-9a-f]{64}/, "no object is named");
      }
    }),
);
