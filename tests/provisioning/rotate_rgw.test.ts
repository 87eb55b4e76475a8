/** Rotation of a host's key by the commands that `provision --rotate` prints, at a real server: Ceph RGW. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Host } from "../../lib/config/types.ts";
import { Failure, Misuse } from "../../lib/model/failure.ts";
import { audit, type AuditResult, isAsWanted } from "../../lib/provisioning/audit.ts";
import type { Provisioned } from "../../lib/provisioning/provision.ts";
import { USER_PATTERN } from "../../lib/provisioning/owner_clients.ts";
import { ADMIN, keysOf, makeUser } from "../../scripts/rgw/accounts.ts";
import { type Cluster, radosgwAdmin } from "../../scripts/rgw/cluster.ts";
import { must } from "../support/foreign.ts";
import { paste } from "../support/radosgw_admin.ts";
import { rgwTest } from "../support/rgw.ts";
import { backupFromKit, newHost, provisionedHost } from "../support/rgw_host.ts";
import { type Desk, states, withDesk, writeCredentials } from "../support/vault.ts";

const userOf = (host: Host): string => `nightdrop-${host.name}`;

/** Audits with the key in the kit, and with the owner's credentials; gives the names of what was wrong. */
async function auditOf(desk: Desk, host: Host): Promise<AuditResult & { readonly wrongs: string[] }> {
  const wrongs: string[] = [];
  const request = {
    host,
    others: [],
    owners: desk.owners,
    user: USER_PATTERN,
    credentials: { file: `${desk.kit(host)}/credentials` },
  };
  const result = await audit(request, () => undefined, {
    attempt: (attempt) => void (isAsWanted(attempt) || wrongs.push(attempt.name)),
    drift: ({ name, broken }) => void (broken && wrongs.push(name)),
  }, new Date());
  return { ...result, wrongs };
}

/** The administrator's record of a user, without its keys and the time of the change. */
async function recordOf(rgw: Cluster, host: Host): Promise<object> {
  const text = await radosgwAdmin(rgw, ["metadata", "get", `user:${userOf(host)}`]);
  return { ...JSON.parse(text).data, keys: [] };
}

async function idsOf(rgw: Cluster, host: Host): Promise<string[]> {
  const { keys } = JSON.parse(await radosgwAdmin(rgw, ["user", "info", `--uid=${userOf(host)}`]));
  return keys.map(({ access_key }: { access_key: string }) => access_key);
}

/** A host that backs up one run after another, with a copy of its kit, until it is stopped. */
function startBackups(desk: Desk, host: Host): { next(): Promise<void>; stop(): Promise<number> } {
  const kit = `${desk.directory}/host`;
  let [runs, stopped] = [0, false];
  const work = (async () => {
    for (; !stopped; runs++) {
      Deno.writeTextFileSync(`${desk.directory}/data/file`, `content ${runs}\n`);
      await backupFromKit(desk, host, desk.run, kit);
    }
  })();
  // Reported by `next` and `stop`, which throw it.
  work.catch(() => {});
  return {
    async next(): Promise<void> {
      for (const end = runs + 2; runs < end;) await Promise.race([work, delay(5)]);
    },
    async stop(): Promise<number> {
      stopped = true;
      await work;
      return runs;
    },
  };
}

rgwTest(
  "a key is rotated while backups run: none fails, and the audit passes before and after each step",
  (rgw) =>
    withDesk(async (desk) => {
      const host = await provisionedHost(rgw, desk);
      await must("cp", ["-a", desk.kit(host), `${desk.directory}/host`]);
      const [first] = await idsOf(rgw, host);
      const record = await recordOf(rgw, host);
      const backups = startBackups(desk, host);
      await backups.next();
      assert.deepEqual((await auditOf(desk, host)).wrongs, []);

      const planned = await desk.provision(host, { only: "rotate" });
      assert.equal(states(planned)["user policy"], "good");
      assert.match(
        planned.keys[0]!.text,
        new RegExp(`^${first}, .* it cannot read what the host has stored`),
      );
      await paste(rgw, desk, planned);
      await backups.next();
      const second = (await idsOf(rgw, host)).find((id) => id !== first)!;
      const file = `${desk.kit(host)}/credentials`;
      assert.match(Deno.readTextFileSync(file), new RegExp(`_id = ${second}\n`));
      assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
      assert.deepEqual((await auditOf(desk, host)).wrongs, []);

      Deno.copyFileSync(file, `${desk.directory}/host/credentials`);
      await backups.next();
      const last = await desk.provision(host, { only: "finish" });
      assert.equal(await paste(rgw, desk, last), `${second}\n`);
      await backups.next();
      assert.ok(await backups.stop() >= 8);
      assert.deepEqual([await idsOf(rgw, host), await recordOf(rgw, host)], [[second], record]);
      const { wrongs, drifts } = await auditOf(desk, host);
      assert.deepEqual([wrongs, drifts], [[], 0]);
    }),
);

rgwTest("after a rotation the removed key is refused", (rgw) =>
  withDesk(async (desk) => {
    const host = await provisionedHost(rgw, desk);
    const old = await keysOf(rgw, userOf(host));
    await paste(rgw, desk, await desk.provision(host, { only: "rotate" }));
    await paste(rgw, desk, await desk.provision(host, { only: "finish" }));
    await backupFromKit(desk, host);
    writeCredentials(`${desk.kit(host)}/credentials`, old);
    await assert.rejects(backupFromKit(desk, host), { kind: "credentials" });
  }));

const CHANGES: Readonly<Record<string, readonly string[]>> = {
  "key create": ["--key-type=s3", "--gen-access-key", "--gen-secret"],
  "user modify": ["--max-buckets=5"],
  "caps add": ["--caps=usage=read"],
  "quota set": ["--quota-scope=user", "--max-size=1000000000"],
};

rgwTest(
  "the audit finds a user whose policy the administrator's command has dropped, and --rotate sets it again",
  (rgw) =>
    withDesk(async (desk) => {
      const host = await provisionedHost(rgw, desk);
      await backupFromKit(desk, host);
      for (const [change, options] of Object.entries(CHANGES)) {
        await radosgwAdmin(rgw, [...change.split(" "), `--uid=${userOf(host)}`, ...options]);
        const { wrong, wrongs } = await auditOf(desk, host);
        assert.ok(wrong >= 3, change);
        for (const name of ["put a new object", "read an earlier object of the host", "user policy"]) {
          assert.ok(wrongs.includes(name), `${change}: ${name}: ${wrongs}`);
        }
        const planned = await desk.provision(host, { only: "rotate" });
        assert.equal(states(planned)["user policy"], "missing");
        assert.deepEqual(planned.keys.map(({ commands }) => commands), [undefined], "the policy comes first");
        const applied = await desk.provision(host, { only: "rotate", apply: true });
        assert.equal(states(applied)["user policy"], "made");
        assert.deepEqual(applied.keys.map(({ state }) => state), ["good", "by-hand"]);
      }
      assert.deepEqual((await auditOf(desk, host)).wrongs, []);
    }),
);

rgwTest(
  "the commands that remove the keys of a revoked host keep the denial",
  (rgw) =>
    withDesk(async (desk) => {
      const host = await provisionedHost(rgw, desk);
      const revoked = await desk.provision(host, { only: "revoke", apply: true });
      const record = await recordOf(rgw, host);
      await paste(rgw, desk, revoked);
      assert.deepEqual([await idsOf(rgw, host), await recordOf(rgw, host)], [[], record]);
      await assert.rejects(backupFromKit(desk, host), { kind: "credentials" });
    }),
);

rgwTest(
  "only a key of the host's user that is put-only is rotated, and kept",
  (rgw) =>
    withDesk(async (desk) => {
      const host = await provisionedHost(rgw, desk);
      await backupFromKit(desk, host);
      const file = `${desk.kit(host)}/credentials`;
      const rotate = (): Promise<Provisioned> => desk.provision(host, { only: "finish" });
      writeCredentials(file, await makeUser(rgw, `other-${crypto.randomUUID()}`));
      await assert.rejects(
        rotate(),
        (error) => error instanceof Misuse && /refuses puts with/.test(error.message),
      );
      writeCredentials(file, { accessKeyId: "NOBODY", secretAccessKey: "nothing" });
      await assert.rejects(
        rotate(),
        (error) => error instanceof Misuse && /does not know the key/.test(error.message),
      );
      writeCredentials(file, ADMIN);
      await assert.rejects(
        rotate(),
        (error) => error instanceof Failure && /can read web/.test(error.message),
      );
      Deno.removeSync(file);
      const before = await idsOf(rgw, host);
      const directory = `${desk.directory}/no-directory`;
      const nowhere = await desk.provision(host, { only: "rotate", directory });
      Deno.writeTextFileSync(directory, "");
      await assert.rejects(paste(rgw, desk, nowhere));
      assert.deepEqual(await idsOf(rgw, host), before, "no key is added that cannot be written");
      await assert.rejects(
        rotate(),
        (error) => error instanceof Misuse && /no key to keep/.test(error.message),
      );
      await paste(rgw, desk, await desk.provision(host, { only: "rotate" }));
      assert.equal((await rotate()).keys[0]!.state, "good");
    }),
);

rgwTest("a rotation before the user exists asks for the user", (rgw) =>
  withDesk(async (desk) => {
    const { steps, keys } = await desk.provision(newHost(rgw, desk), { only: "rotate", apply: true });
    assert.match(JSON.stringify(steps), /radosgw-admin user create/);
    assert.deepEqual(keys.map(({ commands }) => commands), [undefined]);
  }));
