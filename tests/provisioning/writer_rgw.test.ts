/** The buckets and users that `provision --store` creates for mirrors and pins, at a real server: Ceph RGW. */
import assert from "node:assert/strict";
import { ADMIN } from "../../scripts/rgw/accounts.ts";
import type { Cluster } from "../../scripts/rgw/cluster.ts";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { owner } from "../support/owner.ts";
import { paste } from "../support/radosgw_admin.ts";
import { rgwTest } from "../support/rgw.ts";
import { backupFromKit, giveKeys } from "../support/rgw_host.ts";
import { type Desk, withDesk } from "../support/vault.ts";

/** Owner with a host that has a backup, a mirror and pins, of which nothing is provisioned. */
interface Office {
  readonly rgw: Cluster;
  readonly desk: Desk;
  readonly host: string;
  readonly id: string;
  backup(): Promise<unknown>;
  /** Runs nightdrop with the administrator's credentials; gives the last object. */
  // deno-lint-ignore no-explicit-any
  owner(...args: string[]): Promise<any>;
  /** Runs nightdrop without credentials in the environment. */
  call(code: number, ...args: string[]): Promise<string>;
}

function withOffice(body: (office: Office) => Promise<void>): (rgw: Cluster) => Promise<void> {
  return (rgw) =>
    withDesk(async (desk) => {
      const id = crypto.randomUUID().slice(0, 8);
      const host = `web-${id}`;
      const credentials = { file: "reader.keys" };
      const at = { kind: "s3", region: "us-east-1", endpoint: rgw.endpoint, credentials } as const;
      Deno.mkdirSync(`${desk.directory}/data`);
      Deno.writeTextFileSync(`${desk.directory}/data/file`, "content\n");
      const config = {
        store: { ...at, bucket: `backups-${id}` },
        retention: { days: 1, refreshDays: 0 },
        state: "state",
        mirrors: {
          second: { store: { ...at, bucket: `second-${id}` }, putCredentials: { file: "second.keys" } },
        },
        pins: { store: { ...at, bucket: `pins-${id}` }, putCredentials: { file: "pins.keys" } },
        hosts: { [host]: { paths: [`${desk.directory}/data`] } },
      };
      const [own] = desk.hosts(config);
      await giveKeys(rgw, desk, own!);
      await desk.provision(own!, { apply: true });
      const backup = (): Promise<unknown> => backupFromKit(desk, own!);
      await backup();
      const recipients = [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }];
      const text = `export default ${JSON.stringify({ ...config, recipients })};`;
      Deno.writeTextFileSync(`${desk.directory}/backup.config.ts`, text);
      const cwd = desk.directory;
      const env = {
        NIGHTDROP_OWNER_ACCESS_KEY_ID: ADMIN.accessKeyId,
        NIGHTDROP_OWNER_SECRET_ACCESS_KEY: ADMIN.secretAccessKey,
      };
      await body({
        rgw,
        desk,
        host,
        id,
        backup,
        // deno-lint-ignore no-explicit-any
        async owner(...args): Promise<any> {
          const { code, text, stderr } = await nightdrop([...args, "--json"], { cwd, env });
          assert.equal(code, 0, `${args}: ${stderr} ${text}`);
          return jsonLines(text).at(-1);
        },
        async call(code, ...args): Promise<string> {
          const ran = await nightdrop(args, { cwd });
          assert.equal(ran.code, code, `${args}: ${ran.stderr} ${ran.text}`);
          return ran.text + ran.stderr;
        },
      });
    });
}

/** Makes a user as owner and administrator do in turn; gives what the last step printed. */
// deno-lint-ignore no-explicit-any
async function make({ rgw, desk, owner }: Office, ...args: string[]): Promise<any> {
  await paste(rgw, desk, await owner("provision", ...args, "--apply"));
  return await owner("provision", ...args, "--apply");
}

rgwTest(
  "a mirror is provisioned, filled, audited and read, and its key is rotated and revoked",
  withOffice(async (office) => {
    const { rgw, desk, host, id, owner, call } = office;
    const user = `writer-${id}`;
    const store = ["--store", "second", "--user", user];
    const planned = await owner("provision", ...store);
    assert.deepEqual([planned.event, planned.user, planned.dialect, planned.buckets], [
      "writer",
      user,
      "ceph",
      [`second-${id}`],
    ]);
    assert.equal(planned.steps[0].state, "missing");
    assert.match(planned.keys[0].commands.join("\n"), /^radosgw-admin user create .*--max-buckets=-1/m);
    const made = await make(office, ...store);
    assert.equal(Deno.statSync(`${desk.directory}/second.keys`).mode! & 0o777, 0o600);
    assert.match(made.keys[0].text, /it can put objects; it cannot list them$/);
    await make(office, "--reader", "--user", `reader-${id}`);

    await call(0, "keygen", "keys", "--signing");
    assert.match(await call(0, "mirror", "--to", "second"), /3 objects of .* copied/);
    assert.match(await call(0, "verify", "--store", "second"), /good: 1 snapshot, 2 objects/);
    const audited = await owner("audit", host, ...store);
    assert.deepEqual([audited.event, audited.mirror, audited.wrong, audited.drifts], [
      "audited",
      "second",
      0,
      0,
    ]);
    assert.ok(audited.attempts > 70, `${audited.attempts}`);

    const first = Deno.readTextFileSync(`${desk.directory}/second.keys`);
    await paste(rgw, desk, await owner("provision", ...store, "--rotate"));
    assert.notEqual(Deno.readTextFileSync(`${desk.directory}/second.keys`), first);
    await paste(rgw, desk, await owner("provision", ...store, "--rotate", "--finish"));
    await call(0, "mirror", "--to", "second");
    await owner("provision", ...store, "--revoke", "--apply");
    await office.backup();
    assert.match(await call(1, "mirror", "--to", "second"), /may not store there/);
    assert.match(await call(0, "verify", "--store", "second"), /good: 1 snapshot/, "the copies stay");
  }),
);

rgwTest(
  "a bucket of pins is provisioned, and snapshots are pinned by the server, restored and unpinned",
  withOffice(async (office) => {
    const { desk, id, call } = office;
    const made = await make(office, "--store", "pins", "--user", `writer-${id}`);
    const names = made.steps.map(({ name }: { name: string }) => name);
    assert.ok(names.includes(`pins-${id}: expiry`) && !names.includes(`pins-${id}: lifecycle`), names.join());
    await make(office, "--reader", "--user", `reader-${id}`);
    assert.match(
      await call(0, "pin", "latest", "--label", "kept"),
      /3 copied \(2 by the server, 1 through this machine\)/,
    );
    assert.match(await call(0, "verify", "--store", "pins"), /good: 1 snapshot/);
    await call(0, "restore", "latest", "--store", "pins", "--to", "back", "--identity", "private.asc");
    assert.equal(Deno.readTextFileSync(`${desk.directory}/back${desk.directory}/data/file`), "content\n");
    assert.match(await call(0, "unpin", "2"), /removed 3 objects/);
    const refused = await call(2, "audit", office.host, "--store", "pins");
    assert.match(refused, /it may also remove them/);
  }),
);
