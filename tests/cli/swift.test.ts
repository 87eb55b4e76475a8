/** From backup to restore on OpenStack Swift by TLS: a host that can only put, an owner who reads, mirrors and pins. */
import assert from "node:assert/strict";
import type { S3Options } from "../../lib/store/s3/writer.ts";
import { assertSameTree, writeTree } from "../source/tree.ts";
import { withReader } from "../store/closed_clients.ts";
import { withDirectory } from "../support/directory.ts";
import { jsonLines, nightdrop, startNightdrop } from "../support/nightdrop.ts";
import { owner, writeKeys } from "../support/owner.ts";
import { pinSigner } from "../support/pin_signer.ts";
import { newBucket as newCephBucket, startedRgw } from "../support/rgw.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { newBucket, type Swift, swiftTest } from "../support/swift.ts";
import { writeCredentials } from "../support/vault.ts";

const HOST = "web1.example.org";
const IDENTITY = ["--identity", "keys/backups.private.asc"];
const KILLS = 3;

/** Writes credentials into a file, and returns the settings of a store that uses them. */
function storeOf(at: string, options: S3Options, endpoint = options.endpoint): Record<string, unknown> {
  const { bucket, region, createOnly, credentials: { accessKeyId, secretAccessKey } } = options;
  const file = `${accessKeyId.replaceAll(":", "-")}.credentials`;
  writeCredentials(`${at}/${file}`, { accessKeyId, secretAccessKey: secretAccessKey.reveal() });
  return { kind: "s3", bucket, region, endpoint, createOnly, credentials: { file } };
}

function configure(at: string, name: string, store: unknown, more: Record<string, unknown> = {}): void {
  const config = {
    recipients: [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }],
    store,
    state: "state",
    partSize: 65_536,
    compression: "none",
    retention: { days: 30 },
    ...more,
  };
  const hosts = `hosts: { "${HOST}": { paths: ["source"] } }`;
  Deno.writeTextFileSync(`${at}/${name}.ts`, `export default { ...${JSON.stringify(config)}, ${hosts} };`);
}

type Call = (code: number, ...args: string[]) => Promise<string>;

/** Runs `body` in a directory with keys and a source, with a function that runs a command and checks its exit code. */
function withOwner(swift: Swift, body: (at: string, call: Call) => Promise<void>): Promise<void> {
  return withDirectory(async (at) => {
    writeKeys(`${at}/keys`);
    writeTree(`${at}/source`, sampleTree());
    await body(at, async (code, ...args) => {
      const ran = await nightdrop(args, { cwd: at, env: environmentOf(swift, at) });
      assert.equal(ran.code, code, `${args.join(" ")}: ${ran.text}${ran.stderr}`);
      return ran.text + ran.stderr;
    });
  });
}

function environmentOf({ ca }: Swift, at: string): Record<string, string> {
  return { NODE_EXTRA_CA_CERTS: ca, XDG_STATE_HOME: `${at}/records` };
}

/** Names of all objects of snapshots in a bucket. None was stored with other content. */
async function objectsIn(options: S3Options): Promise<string[]> {
  let names: string[] = [];
  await withReader(options, async (reader) => {
    const listed = await Array.fromAsync(reader.list(`${HOST}/`));
    assert.ok(
      listed.every(({ overwritten, hiddenAt }) => overwritten === undefined && hiddenAt === undefined),
    );
    names = listed.map(({ name }) => name);
  });
  return names;
}

swiftTest(
  "backups go to Swift with put-only credentials, and are listed, verified, read, pinned and restored with others",
  (swift) =>
    withOwner(swift, async (at, call) => {
      const [bucket, pins] = [await newBucket(swift), await newBucket(swift)];
      configure(at, "host", storeOf(at, bucket.host, swift.tlsEndpoint));
      const pinStore = { store: storeOf(at, pins.admin, swift.tlsEndpoint) };
      configure(at, "owner", storeOf(at, bucket.trusted, swift.tlsEndpoint), { pins: pinStore });
      const asHost = ["--host", HOST, "--config", "host.ts"];
      const asOwner = ["--config", "owner.ts"];

      await call(0, "backup", ...asHost);
      Deno.writeTextFileSync(`${at}/source/new`, "new\n");
      await call(0, "backup", ...asHost);
      await pinSigner(at, "owner.ts", environmentOf(swift, at));
      const listed = jsonLines(
        (await nightdrop(["list", "--json", ...asOwner], { cwd: at, env: environmentOf(swift, at) })).text,
      );
      assert.deepEqual(listed.map(({ event, unread }) => [event, unread]), [["snapshot", 0], [
        "snapshot",
        0,
      ]]);
      await call(0, "verify", ...asOwner);
      await call(0, "verify", "--deep", ...IDENTITY, ...asOwner);
      assert.match(await call(0, "files", "latest", ...IDENTITY, ...asOwner), /source\/new$/m);
      assert.equal(await call(0, "cat", "latest", `${at}/source/new`, ...IDENTITY, ...asOwner), "new\n");
      assert.match(await call(0, "find", "a.txt", ...IDENTITY, ...asOwner), /a\.txt$/m);
      await call(0, "restore", "latest", "--to", "back", ...IDENTITY, ...asOwner);
      assertSameTree(`${at}/back${at}/source`, `${at}/source`);
      assert.match(await call(1, "list", "--config", "host.ts"), /may not list/);
      assert.match(
        await call(2, "expire", HOST, ...asOwner),
        /A server without lifecycle rules removes nothing/,
      );

      await call(0, "pin", "latest", "--label", "kept", ...asOwner);
      await call(0, "verify", "--store", "pins", ...asOwner);
      await call(0, "restore", "latest", "--store", "pins", "--to", "pinned", ...IDENTITY, ...asOwner);
      assertSameTree(`${at}/pinned${at}/source`, `${at}/source`);
      await call(0, "unpin", listed.at(-1).snapshot, ...asOwner);
      assert.deepEqual(await objectsIn(pins.admin), []);
    }),
  { tls: true },
);

swiftTest(
  "a mirror goes from a directory to Swift, on to Ceph and back to Swift, where it is killed and continues",
  (swift) =>
    withOwner(swift, async (at, call) => {
      const rgw = await startedRgw();
      const [first, second, ceph] = [
        await newBucket(swift),
        await newBucket(swift),
        await newCephBucket(rgw),
      ];
      const mirrorTo = (trusted: unknown, host: { credentials?: unknown }): Record<string, unknown> => ({
        mirrors: { next: { store: trusted, putCredentials: host.credentials } },
      });
      const [swiftRead, swiftPut] = [first.trusted, first.host].map((it) =>
        storeOf(at, it, swift.tlsEndpoint)
      );
      const lastRead = storeOf(at, second.trusted, swift.tlsEndpoint);
      const [cephRead, cephPut] = [ceph.trusted, ceph.host].map((it) => storeOf(at, it));
      configure(at, "directory", { kind: "directory", path: "store" }, mirrorTo(swiftRead, swiftPut!));
      configure(at, "swift", swiftRead, mirrorTo(cephRead, cephPut!));
      configure(at, "ceph", cephRead, mirrorTo(lastRead, swiftPut!));
      const mirror = (config: string): string[] => ["mirror", "--to", "next", "--config", `${config}.ts`];

      await call(0, "backup", "--host", HOST, "--config", "directory.ts");
      Deno.writeTextFileSync(`${at}/source/new`, "new\n");
      await call(0, "backup", "--host", HOST, "--config", "directory.ts");
      await call(0, "keygen", "keys", "--signing");
      await call(0, ...mirror("directory"));
      await call(0, ...mirror("swift"));
      const all = await objectsIn(first.admin);
      assert.deepEqual(await objectsIn(ceph.trusted), all);

      for (let kill = 1; kill <= KILLS; kill += 1) {
        const { length } = await objectsIn(second.admin);
        const child = startNightdrop(mirror("ceph"), at, { env: environmentOf(swift, at) });
        let isOver = false;
        const ended = child.output().finally(() => isOver = true);
        while (!isOver && (await objectsIn(second.admin)).length <= length);
        if (!isOver) child.kill("SIGKILL");
        await ended;
      }
      assert.match(await call(0, ...mirror("ceph")), /copied/i);
      assert.deepEqual(await objectsIn(second.admin), all);
      configure(at, "last", lastRead);
      await call(0, "verify", "--deep", ...IDENTITY, "--config", "last.ts");
      await call(0, "restore", "latest", "--to", "back", ...IDENTITY, "--config", "last.ts");
      assertSameTree(`${at}/back${at}/source`, `${at}/source`);
    }),
  { tls: true },
  ["radosgw"],
);
