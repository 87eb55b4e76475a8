/**
 * Months in a minute: on a real server whose lifecycle has days of seconds, objects expire as the host builds upon them.
 * `deno task soak` takes twenty runs for it.
 */
import assert from "node:assert/strict";
import { PutBucketLifecycleConfigurationCommand } from "@aws-sdk/client-s3";
import { setTimeout as delay } from "node:timers/promises";
import { backup } from "../../lib/backup/backup.ts";
import type { Host } from "../../lib/config/types.ts";
import { restore } from "../../lib/restore/restore.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import { s3Reader, s3Writer } from "../../lib/store/s3/writer.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import { expiryDays } from "../../lib/model/retention.ts";
import { type Cluster, radosgwAdmin } from "../../scripts/rgw/cluster.ts";
import { byHand, recipe, TOOLS } from "../docs/by_hand.ts";
import { assertSameTree } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { has, must } from "../support/foreign.ts";
import { Mischief } from "../support/life.ts";
import { newBucket, rgwTest, type TestBucket } from "../support/rgw.ts";
import { sampleTree } from "../support/sample_tree.ts";

const SOAK = Deno.env.has("NIGHTDROP_SOAK");

/** Seconds of a day, days that snapshots are kept and things are built upon, and the least number of runs. */
const [SECONDS, KEEP, REFRESH, RUNS] = SOAK ? [5, 10, 6, 20] : [5, 4, 3, 8];

/** What a day of the server is of a real one. */
const UNIT = SECONDS / (24 * 60 * 60);

rgwTest(
  "snapshots within the retention are complete, and later ones are gone, while a provider expires objects",
  (rgw) =>
    withScenario(sampleTree(), async (scenario) => {
      for (const tool of TOOLS) assert.ok(has(tool), tool);
      const bucket = await newBucket(rgw);
      await setLifecycle(bucket);
      // Files that were changed just before a run are sent again by the next, which here would be all: unless its clock is off.
      const run = { ...scenario.run, now: () => new Date(Date.now() - 3600_000) };
      const host = { ...scenario.host, retention: { days: KEEP * UNIT, refreshDays: REFRESH * UNIT } };
      const mischief = new Mischief(scenario.source, 5);
      const made: { id: string; copy: string }[] = [];
      const writer = s3Writer(bucket.host);
      const reader = s3Reader(bucket.trusted);
      try {
        for (let at = 0; at < RUNS || await isThere(reader, host, made[0]!.id); at += 1) {
          assert.ok(at < 100, "the first is gone some day");
          mischief.do(4);
          const next = delay(SECONDS * 1000);
          const { snapshot } = await backup(host, writer, run);
          const copy = `${scenario.directory}/copy${at}`;
          await must("cp", ["--archive", scenario.source, copy]);
          made.push({ id: snapshot, copy });
          await next;
          await expire(rgw);
        }
        await assertKept(scenario, host, reader, made);
      } finally {
        writer.close();
        reader.close();
      }
    }),
);

/** Restores all that is still promised, by nightdrop and by hand. */
async function assertKept(
  scenario: Scenario,
  host: Host,
  reader: StoreReader,
  made: readonly { readonly id: string; readonly copy: string }[],
): Promise<void> {
  const now = Date.now(); // nothing expires from here on: the server is not told to look any more
  const stored = await fetchAll(scenario, reader);

  const promised = made.filter(({ id }) => now - (stored.get(id)?.getTime() ?? 0) <= KEEP * SECONDS * 1000);
  assert.ok(promised.length >= 2, `${promised.length} are promised`);
  const everything = { ...host, retention: { days: 1000, refreshDays: 1000 } };
  for (const { id, copy } of promised) {
    const snapshot = await findSnapshot(reader, everything, id, {
      signal: scenario.run.signal,
      damaged: () => {},
    });
    const options = { globs: [], target: `${scenario.directory}/back-${id}`, overwrite: false };
    assert.equal((await restore(snapshot, reader, scenario.identities, options, scenario.run)).lost, 0);
    assertSameTree(`${scenario.directory}/back-${id}${scenario.source}`, copy);
    const directory = `${scenario.directory}/fetched/${host.name}/${id}`;
    await byHand(scenario, directory, recipe());
    assertSameTree(`${directory}/restored${scenario.source}`, copy);
  }
}

async function isThere(reader: StoreReader, { name }: Host, id: string): Promise<boolean> {
  for await (const _ of reader.list(`${name}/${id}/receipt-`)) return true;
  return false;
}

/** Fetches the whole bucket, and gives for each snapshot when its receipt was stored. */
async function fetchAll(scenario: Scenario, reader: StoreReader): Promise<Map<string, Date>> {
  const receipts = new Map<string, Date>();
  for await (const { name, size, storedAt } of reader.list("")) {
    const file = `${scenario.directory}/fetched/${name}`;
    Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(file, await reader.get(name, { maxBytes: size }));
    if (name.includes("/receipt-")) receipts.set(name.split("/")[1]!, storedAt);
  }
  return receipts;
}

async function setLifecycle({ name, admin }: TestBucket): Promise<void> {
  const client = s3Client(admin, 0);
  const Days = expiryDays({ days: KEEP, refreshDays: REFRESH });
  const Rules = [{ ID: "x", Status: "Enabled" as const, Filter: { Prefix: "" }, Expiration: { Days } }];
  try {
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: name, LifecycleConfiguration: { Rules } }),
    );
  } finally {
    client.destroy();
  }
}

async function expire(rgw: Cluster): Promise<void> {
  await radosgwAdmin(rgw, ["lc", "process", `--rgw-lc-debug-interval=${SECONDS}`]);
}
