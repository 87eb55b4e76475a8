/** The end of a replication, and what `audit` finds of one, held against what Amazon's manuals say. */
import assert from "node:assert/strict";
import { audit, type Drift } from "../../lib/provisioning/audit.ts";
import { replicaDrifts } from "../../lib/provisioning/replicate.ts";
import { amazonTest, changes } from "../support/amazon_host.ts";
import { vaultTest } from "../support/audited_vault.ts";
import { hosts, replicate, states } from "./replicated.ts";

const SOURCE = "/web1-backups";
const ROLE = "nightdrop-replicate-web1-backups";
const SHARED = {
  store: { bucket: "shared", prefix: "{host}" },
  mirror: { prefix: "{host}" },
  names: ["web1", "web2"],
};

amazonTest(
  "a revoked replication has neither a rule nor a role, its copies stay, and a repetition changes nothing",
  async (amazon, desk) => {
    const all = hosts(amazon, desk);
    await desk.provision(all[0]!, { apply: true });
    await replicate(desk, all, { apply: true });
    const copies = new Map(amazon.buckets.get("second-web1"));
    amazon.asked.length = 0;
    const planned = await replicate(desk, all, { revoke: true });
    assert.deepEqual(states(planned), { replication: "different", role: "different" });
    assert.deepEqual(changes(amazon), []);
    const done = await replicate(desk, all, { revoke: true, apply: true });
    assert.deepEqual(states(done), { replication: "made", role: "made" });
    assert.deepEqual(changes(amazon), [
      `DELETE ${SOURCE}?replication`,
      "IAM DeleteRolePolicy",
      "IAM DeleteRole",
    ]);
    assert.deepEqual([amazon.roles.size, amazon.buckets.get("second-web1")], [0, copies]);
    amazon.asked.length = 0;
    const again = await replicate(desk, all, { revoke: true, apply: true });
    assert.deepEqual([states(again), changes(amazon)], [{ replication: "good", role: "good" }, []]);
    await replicate(desk, all, { apply: true });
    assert.deepEqual(await replicaDrifts(all[0]!, all, desk.owners), [], "it can be set up again");
  },
);

amazonTest(
  "a role goes with the last rule that needs it, and an interrupted end continues",
  async (amazon, desk) => {
    const all = hosts(amazon, desk, SHARED);
    for (const host of all) await desk.provision(host, { apply: true });
    await replicate(desk, all, { apply: true });
    await replicate(desk, all.toReversed(), { apply: true });
    const first = await replicate(desk, all, { revoke: true, apply: true });
    assert.deepEqual(states(first), { replication: "made", role: "good" });
    const rules = amazon.buckets.get("shared")!.get("replication")!;
    assert.deepEqual([/nightdrop web1</.test(rules), /nightdrop web2</.test(rules)], [false, true]);
    amazon.denied.add("IAM DeleteRole");
    await assert.rejects(replicate(desk, all.toReversed(), { revoke: true, apply: true }));
    amazon.denied.clear();
    const last = await replicate(desk, all.toReversed(), { revoke: true, apply: true });
    assert.deepEqual([states(last), amazon.roles.size], [{ replication: "good", role: "made" }, 0]);
  },
);

amazonTest("the end of a replication leaves a rule that copies to another mirror", async (amazon, desk) => {
  const all = hosts(amazon, desk);
  await desk.provision(all[0]!, { apply: true });
  await replicate(desk, all, { apply: true });
  const moved = hosts(amazon, desk, { mirror: { bucket: "third-{host}" } });
  const found = await replicate(desk, moved, { revoke: true, apply: true });
  assert.deepEqual(states(found), { replication: "good", role: "good" });
  assert.match(amazon.buckets.get("web1-backups")!.get("replication")!, /second-web1/);
});

amazonTest("the audit names what a replication lacks", async (amazon, desk) => {
  const all = hosts(amazon, desk);
  const bucket = (): Map<string, string> => amazon.buckets.get("web1-backups")!;
  const found = async (): Promise<string[]> =>
    (await replicaDrifts(all[0]!, all, desk.owners)).map(({ name, found, broken, mirror }) => {
      assert.deepEqual([broken, mirror], [true, "second"]);
      return `${name}: ${found}`;
    });
  await desk.provision(all[0]!, { apply: true });
  assert.deepEqual(await found(), ["replication: nothing"]);
  await replicate(desk, all, { apply: true });
  assert.deepEqual(await found(), []);
  const good = bucket().get("replication")!;
  const spoil = (from: string | RegExp, to: string): void =>
    void bucket().set("replication", good.replace(from, to));
  spoil("<Status>Enabled<", "<Status>Disabled<");
  assert.deepEqual(await found(), ["replication: it is disabled"]);
  spoil("<DeleteMarkerReplication><Status>Disabled<", "<DeleteMarkerReplication><Status>Enabled<");
  assert.deepEqual(await found(), ["replication: it copies delete markers"]);
  spoil("arn:aws:s3:::second-web1", "arn:aws:s3:::elsewhere");
  assert.deepEqual(await found(), ["replication: it copies to arn:aws:s3:::elsewhere"]);
  spoil(/<ID>[^<]*/, "<ID>by Terraform");
  assert.deepEqual(await found(), [], "a rule of another name copies as well");
  bucket().set("replication", good);
  amazon.roles.get(ROLE)!.policies.clear();
  assert.deepEqual(await found(), ["role policy: nothing"]);
  const drifts: Drift[] = [];
  const request = {
    host: all[0]!,
    others: all,
    owners: desk.owners,
    user: "nightdrop-{host}",
    credentials: { file: `${desk.kit(all[0]!)}/credentials` },
  };
  const reported = { attempt: () => {}, drift: (it: Drift) => void drifts.push(it) };
  await audit(request, () => undefined, reported, new Date());
  assert.deepEqual(drifts.map(({ name, mirror }) => [name, mirror]), [["role policy", "second"]]);
});

amazonTest(
  "the audit expects no replication to a mirror that is made in another way",
  async (amazon, desk) => {
    const drifts = async (options: Parameters<typeof hosts>[2], more: object = {}): Promise<Drift[]> => {
      const all = hosts(amazon, desk, options).map((it) => ({
        ...it,
        mirrors: it.mirrors.map((mirror) => ({ ...mirror, ...more })),
      }));
      await desk.provision(all[0]!, { apply: true });
      return await replicaDrifts(all[0]!, all, desk.owners);
    };
    assert.equal((await drifts({})).length, 1);
    assert.deepEqual(await drifts({}, { signers: ["ab".repeat(20)] }), []);
    assert.deepEqual(await drifts({}, { putCredentials: { file: "put" } }), []);
    assert.deepEqual(await drifts({ mirror: { prefix: "copies" } }), []);
    assert.deepEqual(await drifts({ mirror: { endpoint: "https://s3.example.org" } }), []);
    const listed = "<ListBucketResult><Contents><Key>MIRRORED/web1/x</Key></Contents></ListBucketResult>";
    amazon.buckets.set("second-web1", new Map([["location", "eu-west-1"], ["list", listed]]));
    assert.deepEqual(await drifts({}), [], "signed dates are there");
  },
);

vaultTest("a mirror at a server that does not replicate is no drift", async ({ host }, desk) => {
  const store = { ...host.store, bucket: `second-${host.name}` } as typeof host.store;
  const mirrors = [{ name: "second", store, putCredentials: undefined, signers: [] }];
  assert.deepEqual(await replicaDrifts({ ...host, mirrors }, [host], desk.owners), []);
});
