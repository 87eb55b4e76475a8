/** `provision` from an empty server to a backup, with a real server without IAM users: Ceph RGW. */
import assert from "node:assert/strict";
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { DAY_MS } from "../../lib/model/day.ts";
import type { S3Store } from "../../lib/config/types.ts";
import type { SettingState, Step } from "../../lib/provisioning/provision.ts";
import { drifts } from "../../lib/provisioning/drift.ts";
import { USER_PATTERN } from "../../lib/provisioning/owner_clients.ts";
import { measuredDaily } from "../../lib/provisioning/cost.ts";
import { emitPolicy } from "../../lib/provisioning/emit.ts";
import { Failure } from "../../lib/model/failure.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import { verify } from "../../lib/verify/verify.ts";
import { ADMIN, keysOf, makeBucket } from "../../scripts/rgw/accounts.ts";
import { rejects } from "../store/checks.ts";
import { withReader, withWriter } from "../store/closed_clients.ts";
import { must } from "../support/foreign.ts";
import { newUser, rgwTest } from "../support/rgw.ts";
import {
  backupFromKit,
  clientOptions,
  giveKeys,
  newHost,
  provisionedHost,
  removeBucket,
  versions,
} from "../support/rgw_host.ts";
import { NEW_BUCKET, states, withDesk } from "../support/vault.ts";

rgwTest(
  "provision plans, creates the vault, changes nothing the second time, and the kit backs up",
  (rgw) =>
    withDesk(async (desk) => {
      const host = newHost(rgw, desk);
      const plan = await desk.provision(host);
      assert.deepEqual(states(plan), {
        ...NEW_BUCKET,
        "user policy": "missing",
        "other policies": "good",
        "TLS": "lacking",
        "BlockPublicAcls": "lacking",
        "create-only puts": "lacking",
        "refused headers": "lacking",
      });
      assert.equal((await desk.provision(host)).steps[0]!.before.state, "missing", "a plan makes nothing");

      const first = await desk.provision(host, { apply: true });
      assert.equal(states(first)["user policy"], "by-hand");
      assert.match(
        JSON.stringify(first.steps),
        /radosgw-admin user create --uid=nightdrop-web\d+\.example\.org/,
      );
      await giveKeys(rgw, desk, host);
      assert.equal(states(await desk.provision(host, { apply: true }))["user policy"], "made", "it goes on");

      const again = await desk.provision(host, { apply: true });
      assert.deepEqual(again.steps.filter(({ made }) => made), []);
      assert.deepEqual([again.kit, again.keys.map(({ state }) => state)], [[], ["good"]]);
      assert.deepEqual(states(again), {
        "bucket": "good",
        "public access": "good",
        "ownership": "lacking",
        "versioning": "good",
        "encryption": "lacking",
        "lifecycle": "good",
        "bucket policy": "good",
        "identity": "good",
        "user policy": "good",
        "other policies": "good",
        "TLS": "lacking",
        "BlockPublicAcls": "lacking",
        "create-only puts": "lacking",
        "refused headers": "lacking",
      });
      await backupFromKit(desk, host);
    }),
);

rgwTest(
  "the host's credentials can put and nothing else, although the host owns its objects",
  (rgw) =>
    withDesk(async (desk) => {
      const host = await provisionedHost(rgw, desk);
      const keys = await keysOf(rgw, `nightdrop-${host.name}`);
      const client = s3Client(clientOptions(rgw, keys), 0);
      const object = { Bucket: `${host.name}-backups`, Key: "own" };
      await client.send(new PutObjectCommand({ ...object, Body: "x" }));
      const refused = [
        new GetObjectCommand(object),
        new DeleteObjectCommand(object),
        new PutObjectCommand({ ...object, Body: "x", ACL: "public-read" }),
      ];
      for (const command of refused) {
        // deno-lint-ignore no-explicit-any
        await assert.rejects(client.send(command as any), { name: /AccessDenied|403|Forbidden/ });
      }
      client.destroy();
    }),
);

rgwTest("a changed setting is found, named and corrected", (rgw) =>
  withDesk(async (desk) => {
    const host = newHost(rgw, desk);
    await desk.provision(host, { apply: true });
    const longer = { ...host, retention: { days: 9, refreshDays: 0 } };
    const found = (await desk.provision(longer)).steps.find(({ name }) => name === "lifecycle")!;
    assert.equal(found.before.state, "different");
    assert.match((found.before as { found: string }).found, /"Days":2/);
    assert.equal(states(await desk.provision(longer, { apply: true })).lifecycle, "made");
    assert.equal(states(await desk.provision(longer)).lifecycle, "good");
  }));

rgwTest(
  "Object Lock is set when the bucket is created, and a bucket without it is reported",
  (rgw) =>
    withDesk(async (desk) => {
      const locked = newHost(rgw, desk, { objectLock: { mode: "governance" } });
      const steps = states(await desk.provision(locked, { apply: true }));
      assert.deepEqual([steps.bucket, steps["object lock"]], ["made", "made"]);
      assert.equal(states(await desk.provision(locked))["object lock"], "good");

      const plain = newHost(rgw, desk, { objectLock: { mode: "compliance" } });
      await makeBucket(rgw, `${plain.name}-backups`);
      await assert.rejects(
        desk.provision(plain, { apply: true }),
        (error) =>
          error instanceof Failure && /created without Object Lock/.test(error.message) && !!error.hint,
      );
    }),
);

rgwTest(
  "hosts that share a bucket have one lifecycle rule each and keep the rules of others",
  (rgw) =>
    withDesk(async (desk) => {
      const store = { bucket: `fleet-${crypto.randomUUID()}`, prefix: "hosts/{host}" };
      const [one, two] = [newHost(rgw, desk, store), newHost(rgw, desk, store)];
      await desk.provision(one, { apply: true });
      assert.equal(states(await desk.provision(two, { apply: true })).lifecycle, "made");
      for (const host of [one, two]) assert.equal(states(await desk.provision(host)).lifecycle, "good");
    }),
);

rgwTest("a revoked host cannot put, and its backups are kept", (rgw) =>
  withDesk(async (desk) => {
    const host = await provisionedHost(rgw, desk);
    await backupFromKit(desk, host);
    const planned = await desk.provision(host, { only: "revoke" });
    assert.match(planned.keys[0]!.text, /will be denied/);
    await backupFromKit(desk, host);
    await desk.provision(host, { only: "revoke", apply: true });
    await assert.rejects(backupFromKit(desk, host), { kind: "denied" });
    assert.equal((await versions(rgw, host)).length, 6);
  }));

rgwTest(
  "the emitted reader policy allows to verify and restore, and nothing else",
  (rgw) =>
    withDesk(async (desk) => {
      const host = newHost(rgw, desk);
      await giveKeys(rgw, desk, host);
      await desk.provision(host, { apply: true });
      await backupFromKit(desk, host);
      const { readerPolicy } = emitPolicy(host, "nightdrop-{host}");
      const keys = await newUser(rgw, `reader-of-${host.name}`, readerPolicy);
      const { credentials, region, endpoint } = clientOptions(rgw, keys);
      const options = { bucket: `${host.name}-backups`, region, endpoint, credentials };
      await withReader(options, async (reader) => {
        const result = await verify(host, reader, {}, ({ what }) => assert.fail(what), desk.run);
        assert.deepEqual([result.snapshots, result.objects], [1, 2]);
      });
      await withWriter(options, (writer) => rejects(writer.put("x", new Uint8Array(1)), "denied"));
    }),
);

rgwTest("the daily storage of a host is measured in its bucket", (rgw) =>
  withDesk(async (desk) => {
    const host = newHost(rgw, desk);
    await giveKeys(rgw, desk, host);
    assert.equal(await measuredDaily(host, desk.owners, new Date()), undefined, "there is no bucket");
    await desk.provision(host, { apply: true });
    await backupFromKit(desk, host);
    const inTwoDays = new Date(Date.now() + 2 * DAY_MS);
    const [now, later] = [new Date(), inTwoDays].map((date) => measuredDaily(host, desk.owners, date));
    assert.equal((await now)!.objects, 3);
    assert.ok(Math.abs((await later)!.objects - 1.5) < 0.01);
    assert.ok((await now)!.bytes > 1000);
    assert.match((await later)!.basis, /as measured: 3 objects in 2 days/);
  }));

rgwTest(
  "wrong owner keys and another owner's bucket have different errors",
  (rgw) =>
    withDesk(async (desk) => {
      const host = newHost(rgw, desk);
      await assert.rejects(desk.provision(host), (error) =>
        error instanceof StoreError && error.kind === "denied" &&
        /SignatureDoesNotMatch/.test(error.message));
    }, { ...ADMIN, secretAccessKey: "guessed" }),
);

rgwTest(
  "a bucket keeps its identity, which the kit has; a bucket that is created again gets a new one",
  (rgw) =>
    withDesk(async (desk) => {
      const host = newHost(rgw, desk);
      const { bucket } = host.store as S3Store;
      const identity = (): string => {
        const text = Deno.readTextFileSync(`${desk.kit(host)}/backup.config.ts`);
        return /"vault": "([0-9a-f]{32})"/.exec(text)![1]!;
      };
      assert.equal((await desk.provision(host, { apply: true })).otherBucket, false);
      const first = identity();
      const again = await desk.provision(host, { apply: true });
      assert.deepEqual([identity(), again.kit, states(again)["identity"]], [first, [], "good"]);
      const client = s3Client(clientOptions(rgw, ADMIN), 0);
      const Tagging = { TagSet: [{ Key: "team", Value: "ops" }] };
      await client.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging }));
      const tagged = await desk.provision(host, { apply: true });
      assert.deepEqual([tagged.otherBucket, identity() === first], [true, false], "the tag was taken away");
      const { TagSet = [] } = await client.send(new GetBucketTaggingCommand({ Bucket: bucket }));
      assert.deepEqual(TagSet.map(({ Key }) => Key).sort(), ["nightdrop-vault", "team"]);
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
      client.destroy();
      const second = identity();
      const anew = await desk.provision(host, { apply: true });
      assert.deepEqual([anew.otherBucket, anew.kit, identity() === second], [
        true,
        ["backup.config.ts"],
        false,
      ]);
    }),
);

rgwTest(
  "a bucket with another identity than the config's is reported, and keeps its identity",
  (rgw) =>
    withDesk(async (desk) => {
      const host = newHost(rgw, desk);
      await desk.provision(host, { apply: true });
      const other = { ...host, store: { ...host.store as S3Store, vault: "0".repeat(32) } };
      const found = (steps: readonly Step[]): SettingState =>
        steps.find(({ name }) => name === "identity")!.before;
      assert.equal(found((await desk.provision(other)).steps).state, "different");
      const { steps } = await desk.provision(other, { apply: true });
      assert.match(JSON.stringify(found(steps)), /"by-hand".*Remove store.vault/);
      const [drift] = (await drifts(other, desk.owners, USER_PATTERN)).filter(({ name }) =>
        name === "identity"
      );
      assert.equal(drift!.broken, true);
      assert.equal(states(await desk.provision(host))["identity"], "good");
    }),
);

rgwTest(
  "a host whose bucket was created again makes a full backup with the new kit",
  (rgw) =>
    withDesk(async (desk) => {
      const host = await provisionedHost(rgw, desk, {}, { days: 30, refreshDays: 30 });
      // A minute ahead, so that what was just written counts as unchanged later.
      const run = { ...desk.run, now: () => new Date(Date.now() + 60_000) };
      const first = await backupFromKit(desk, host, run);
      assert.equal((await backupFromKit(desk, host, run)).sent.entries, 0);
      await removeBucket(rgw, host);
      await desk.provision(host, { apply: true });
      // Deno imports a config once.
      const carried = `${desk.directory}/carried`;
      await must("cp", ["-a", desk.kit(host), carried]);
      const { sent, entries } = await backupFromKit(desk, host, run, carried);
      assert.deepEqual([sent.entries, entries], [first.entries, first.entries]);
      await withReader({ ...clientOptions(rgw, ADMIN), bucket: `${host.name}-backups` }, async (reader) => {
        const damages: string[] = [];
        await verify(
          host,
          reader,
          {},
          ({ kind, what }) => void (kind === "damage" && damages.push(what)),
          desk.run,
        );
        assert.deepEqual(damages, []);
      });
    }),
);
