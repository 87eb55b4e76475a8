/** The worst day: a store and a private key, and no config. */
import assert from "node:assert/strict";
import { assertSameTree } from "../source/tree.ts";
import { HOSTS, stored } from "../support/bare_store.ts";
import { withDirectory } from "../support/directory.ts";
import type { Ran } from "../support/foreign.ts";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";

/** Runs a command, which says once that nothing is pinned, unless a key is. */
async function done(args: string[], options: { cwd: string; env?: Record<string, string> }): Promise<Ran> {
  const ran = await nightdrop(args, options);
  assert.equal(ran.code, 0, `${args.join(" ")}: ${ran.text}${ran.stderr}`);
  const said = ran.stderr.split("\n").filter((line) => line.includes("not pinned"));
  const isSilent = args.includes("--signer") || args.includes("--json"); // JSON has the field `pinned`
  assert.equal(said.length, isSilent ? 0 : 1, ran.stderr);
  return ran;
}

/** Every command that needs no config, with a store of one host. */
async function readsAll(cwd: string, store: string, env: Record<string, string> = {}): Promise<void> {
  const at = { cwd, env };
  const identity = ["--identity", "private.asc"];
  const bare = ["--store", store, "--host", HOSTS[0]!];
  const listed = jsonLines((await done(["list", "--json", ...bare], at)).text);
  assert.deepEqual(
    listed.filter(({ event }) => event === "snapshot").map(({ host, pinned }) => [host, pinned]),
    [[HOSTS[0], false]],
  );
  await done(["verify", ...bare], at);
  const files = await done(["files", "latest", "/**/a", ...bare, ...identity], at);
  assert.match(files.text, /source\/etc\/a\n$/);
  const today = `${HOSTS[0]}/${new Date(Date.now() + 60_000).toISOString().slice(0, 16)}Z`;
  const byTime = await done(["files", today, "/**/a", ...bare, ...identity], at);
  assert.equal(byTime.text, files.text);
  const early = await nightdrop(["files", "2020-02-01Z", ...bare, ...identity], at);
  assert.deepEqual([early.code, /The oldest is /.test(early.stderr)], [2, true], early.stderr);
  assert.equal((await done(["cat", "latest", `${cwd}/source/etc/a`, ...bare, ...identity], at)).text, "one");
  await done(["restore", "latest", "--to", "back", ...bare, ...identity], at);
  assertSameTree(`${cwd}/back${cwd}/source`, `${cwd}/source`);
}

Deno.test("a directory store is read without a config, from where the user stands", () =>
  withDirectory(async (cwd) => {
    await stored(cwd, { kind: "directory", path: "backups" }, HOSTS.slice(0, 1));
    // A config that is there is not read.
    Deno.writeTextFileSync(`${cwd}/backup.config.ts`, "throw new Error('read');");
    await readsAll(cwd, "./backups");
  }));

Deno.test("without --host all hosts of a store are read, and a snapshot needs the name of its host", () =>
  withDirectory(async (cwd) => {
    const signers = await stored(cwd, { kind: "directory", path: "backups" }, HOSTS);
    const bare = ["--store", "backups"];
    const listed = jsonLines((await done(["list", "--json", ...bare], { cwd })).text);
    assert.deepEqual(listed.map(({ host }) => host).filter(Boolean), HOSTS);
    const identity = ["--identity", "private.asc"];
    const refused = await nightdrop(["files", "latest", ...bare, ...identity], { cwd });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /the store has 2 hosts\nhint: Add the host: HOST\/latest/);
    await done(["files", `${HOSTS[1]}/latest`, ...bare, ...identity], { cwd });
    await done(["list", ...bare, "--host", HOSTS[0]!, "--signer", signers[0]!], { cwd });
    const forged = await nightdrop(
      ["list", ...bare, "--host", HOSTS[0]!, "--signer", signers[1]!],
      { cwd },
    );
    assert.equal(forged.code, 4, forged.text);
  }));

const MISTAKES: readonly [args: string[], code: number, why: RegExp][] = [
  [["--store", "backups", "--host", "nobody"], 2, /Cannot find snapshots of "nobody" in .*backups/],
  [["--store", `backups/${HOSTS[0]}`], 2, /Cannot find snapshots in .*web1/],
  [["--store", "./nowhere"], 1, /nowhere: there is no such directory/],
  [["--store", "s3://backups"], 2, /the region is missing/],
  [["--store", "s3://backups?region=eu-central-1"], 2, /Cannot find credentials for the store/],
  [["--store", "s3:/backups"], 2, /must be followed by two slashes/],
  [["--store", "nowhere"], 2, /Cannot find the config/],
  [["--store", "backups", "--signer", "0123"], 2, /Cannot use the --signer/],
];

Deno.test("a mistake about the store is reported with the remedy", () =>
  withDirectory(async (cwd) => {
    await stored(cwd, { kind: "directory", path: "backups" }, HOSTS.slice(0, 1));
    for (const [args, code, why] of MISTAKES) {
      const { code: found, stderr } = await nightdrop(["list", ...args], { cwd, env: { HOME: cwd } });
      assert.equal(found, code, `${args}: ${stderr}`);
      assert.match(stderr, why);
      assert.match(stderr, /hint: /, `${args}`);
    }
  }));

rgwTest(
  "a bucket is read without a config, with credentials of variables or of the AWS file",
  (rgw) =>
    withDirectory(async (cwd) => {
      const { host, trusted } = await newBucket(rgw);
      const { bucket, region, endpoint } = host;
      const keys: Record<string, string> = {
        AWS_ACCESS_KEY_ID: host.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: host.credentials.secretAccessKey.reveal(),
      };
      const store = { kind: "s3", bucket, region, endpoint, prefix: "all/hosts" };
      await stored(cwd, store, HOSTS.slice(0, 1), (name) => keys[name]);
      const url = `s3://${bucket}/all/hosts?endpoint=${encodeURIComponent(endpoint!)}&region=${region}`;
      const { accessKeyId, secretAccessKey } = trusted.credentials;
      await readsAll(cwd, url, {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey.reveal(),
      });
      Deno.mkdirSync(`${cwd}/.aws`);
      Deno.writeTextFileSync(
        `${cwd}/.aws/credentials`,
        `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey.reveal()}\n`,
        { mode: 0o600 },
      );
      await done(["list", "--store", url], { cwd, env: { HOME: cwd } });
    }),
);
