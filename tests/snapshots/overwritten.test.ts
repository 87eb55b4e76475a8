/**
 * An intruder with the host's credentials, who has found out the names of objects, on a server that lets him put over
 * them: Ceph RGW with versions and Object Lock.
 */
import assert from "node:assert/strict";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DAY_MS } from "../../lib/model/day.ts";
import { backup } from "../../lib/backup/backup.ts";
import { files } from "../../lib/snapshots/files.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { list } from "../../lib/snapshots/list.ts";
import { restore } from "../../lib/restore/restore.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import type { StoredObject, StoreReader } from "../../lib/store/contract.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { verify, type VerifyResult } from "../../lib/verify/verify.ts";
import { assertSameTree } from "../source/tree.ts";
import { withReader, withWriter } from "../store/closed_clients.ts";
import { restoredSource, type Scenario, withScenario } from "../support/scenario.ts";
import { newBucket, rgwTest, type TestBucket } from "../support/rgw.ts";
import { sampleTree } from "../support/sample_tree.ts";

/** A backup in a bucket with versions and lock, and all that it stored. */
function withBackup(
  title: string,
  body: (
    it: { bucket: TestBucket; scenario: Scenario; reader: StoreReader; objects: StoredObject[] },
  ) => Promise<void>,
): void {
  rgwTest(title, async (rgw) => {
    const bucket = await newBucket(rgw, "lock");
    await withScenario(sampleTree(), async (scenario) => {
      await withWriter(bucket.host, (writer) => backup(scenario.host, writer, scenario.run));
      await withReader(bucket.trusted, async (reader) => {
        await body({ bucket, scenario, reader, objects: await Array.fromAsync(reader.list("")) });
      });
    });
  });
}

/** Does something to each object. */
async function toEach(
  options: S3Options,
  objects: readonly StoredObject[],
  command: (object: { Bucket: string; Key: string }, at: number) => PutObjectCommand | DeleteObjectCommand,
): Promise<void> {
  const client = s3Client(options, 0);
  try {
    for (const [at, { name }] of objects.entries()) {
      // deno-lint-ignore no-explicit-any
      await client.send(command({ Bucket: options.bucket, Key: name }, at) as any);
    }
  } finally {
    client.destroy();
  }
}

/** Garbage of other sizes than the objects, the last of which is the receipt. */
function overwriteAll({ host }: TestBucket, objects: readonly StoredObject[]): Promise<void> {
  return toEach(host, objects, (object, at) => {
    const size = at % 2 === 0 ? 10 : objects[at]!.size + 1;
    return new PutObjectCommand({ ...object, Body: new Uint8Array(size) });
  });
}

async function verified(
  scenario: Scenario,
  reader: StoreReader,
): Promise<VerifyResult & { findings: Finding[] }> {
  const findings: Finding[] = [];
  const { identities, host, run } = scenario;
  const result = await verify(host, reader, { identities }, (finding) => findings.push(finding), run);
  return { ...result, findings };
}

/** Restores the latest snapshot and holds it to its source. */
async function assertRestorable(scenario: Scenario, reader: StoreReader): Promise<void> {
  const options = { signal: scenario.run.signal, damaged: (id: string) => assert.fail(id) };
  const snapshot = await findSnapshot(reader, scenario.host, "latest", options);
  assert.ok(
    (await Array.fromAsync(files(snapshot, [], reader, scenario.identities, scenario.run))).length > 10,
  );
  const target = `${scenario.directory}/back`;
  await restore(snapshot, reader, scenario.identities, { globs: [], target, overwrite: false }, scenario.run);
  assertSameTree(restoredSource(scenario), scenario.source);
}

withBackup(
  "what an intruder puts over objects is not read: list, files, restore and verify see the first, and verify tells",
  async ({ bucket, scenario, reader, objects }) => {
    const before = await Array.fromAsync(list(scenario.host, reader, scenario.run));
    await overwriteAll(bucket, objects);
    assert.deepEqual(await Array.fromAsync(list(scenario.host, reader, scenario.run)), before);
    const { damages, warnings, findings, snapshots } = await verified(scenario, reader);
    assert.deepEqual([snapshots, damages, warnings], [1, 0, 1]);
    const [{ kind, what }] = findings as [Finding];
    assert.equal(kind, "warning");
    const first = objects[0]!.name.split("/").at(-1)!;
    assert.ok(what.startsWith(`Other bytes were put over "${first}" and ${objects.length - 1} more.`), what);
    assert.match(what, /somebody has the host's credentials: revoke them/);
    await assertRestorable(scenario, reader);
  },
);

withBackup(
  "what somebody deletes is restored as long as it is there, and verify calls it a broken promise",
  async ({ bucket, scenario, reader, objects }) => {
    await toEach(bucket.admin, objects.slice(-2), (object) => new DeleteObjectCommand(object));
    const { damages, findings, snapshots } = await verified(scenario, reader);
    assert.deepEqual([snapshots, damages], [1, 1]);
    assert.match(
      findings[0]!.what,
      /^Deleted before the 61 days are over, .*: "index\.000000-.* and 1 more\./,
    );
    await assertRestorable(scenario, reader);
  },
);

withBackup(
  "what is hidden since its days are over has expired, and is not listed",
  async ({ scenario, reader, objects }) => {
    const days = (count: number): Date => new Date(objects[0]!.storedAt.getTime() + count * DAY_MS);
    const hidden = (hiddenAt: Date): StoreReader => ({
      ...reader,
      get: (...args) => reader.get(...args),
      async *list(...args): AsyncGenerator<StoredObject> {
        for await (const object of reader.list(...args)) yield { ...object, hiddenAt };
      },
    });
    const listed = (reader: StoreReader): Promise<unknown[]> =>
      Array.fromAsync(list(scenario.host, reader, scenario.run));
    assert.equal((await listed(hidden(days(60)))).length, 1);
    assert.equal((await listed(hidden(days(62)))).length, 0);
  },
);
