/** Mirrors between a directory and buckets of a real server, both ways. */
import assert from "node:assert/strict";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { MIRROR_DIRECTORY } from "../../lib/model/mirror_record.ts";
import { parseObjectName } from "../../lib/model/name.ts";
import { mirror } from "../../lib/provisioning/mirror.ts";
import { MirrorProgress } from "../../lib/provisioning/mirror_progress.ts";
import { datedReader } from "../../lib/snapshots/mirror_dates.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import { restore } from "../../lib/restore/restore.ts";
import { directoryReader, directoryWriter } from "../../lib/store/directory/directory.ts";
import type { StoreReader, StoreWriter } from "../../lib/store/contract.ts";
import { fallbackReader } from "../../lib/store/fallback_reader.ts";
import { s3Reader, s3Writer } from "../../lib/store/s3/writer.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { status } from "../../lib/status/status.ts";
import { verify } from "../../lib/verify/verify.ts";
import { assertSameTree } from "../source/tree.ts";
import { restoredSource } from "../support/scenario.ts";
import { newSigner } from "../support/forger.ts";
import { type Life, withLife } from "../support/life.ts";
import { newBucket, rgwTest, type TestBucket } from "../support/rgw.ts";
import { sampleTree } from "../support/sample_tree.ts";

const signer = await newSigner("owner");

async function mirrored(life: Life, from: StoreReader, writer: StoreWriter): Promise<number> {
  const progress = new MirrorProgress(`${life.directory}/${crypto.randomUUID()}`, assert.fail);
  const { copied, damages } = await mirror(life.host, from, { writer, signer, progress }, () => {}, life.run);
  assert.equal(damages, 0);
  return copied;
}

async function restoredFrom(life: Life, reader: StoreReader, copy: string): Promise<void> {
  const target = await Deno.makeTempDir({ dir: life.directory });
  const { signal } = life.run;
  const found = await findSnapshot(reader, life.host, "latest", { signal, damaged: () => {} });
  const what = { globs: [], target, overwrite: false, jobs: 1 };
  assert.equal((await restore(found, reader, life.identities, what, life.run)).lost, 0);
  assertSameTree(restoredSource(life, target), copy);
}

/** Alerts of `status` about a mirror. */
async function alertsOf(life: Life, store: StoreReader, mirror: StoreReader): Promise<string[]> {
  const second = { name: "second", store: life.host.store, putCredentials: undefined, signers: [] };
  const records = { verified: () => undefined, drilled: () => undefined };
  const [it] = await Array.fromAsync(
    status(
      [{ ...life.host, mirrors: [second] }],
      (_, body, copy) => body(copy === undefined ? store : mirror),
      records,
      life.run,
    ),
  );
  assert.ok(it!.state !== "unknown");
  return it!.alerts.filter(({ rule }) => rule === "mirrored").map(({ severity, what }) =>
    `${severity}: ${what}`
  );
}

function client({ admin: { region, endpoint, credentials } }: TestBucket): S3Client {
  const { accessKeyId, secretAccessKey } = credentials;
  return new S3Client({
    region,
    endpoint: endpoint!,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal() },
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
}

rgwTest(
  "a store goes through two buckets and a directory, with credentials that put or read only",
  (rgw) =>
    withLife(sampleTree(), async (life) => {
      const [one, two] = [await newBucket(rgw), await newBucket(rgw, "versioned")];
      const closing: { close(): void }[] = [];
      const opened = <T extends { close(): void }>(it: T): T => (closing.push(it), it);
      life.now = Date.now() - 2000; // as the clock of the server, and its seconds are all that the server stores
      await life.backup();
      Deno.writeTextFileSync(`${life.source}/new`, "1");
      life.now += 2000;
      await life.backup();
      const copy = await life.copy();
      const path = `${life.directory}/mirror`;
      const count = await mirrored(life, life.store.reader, opened(s3Writer(one.host)));
      assert.equal(count, life.store.objects.size);
      const first = opened(s3Reader(one.trusted));
      assert.equal(await mirrored(life, first, directoryWriter(path)), count);
      assert.equal(await mirrored(life, directoryReader(path), opened(s3Writer(two.host))), count);
      const second = datedReader(opened(s3Reader(two.trusted)), [signer.fingerprint], assert.fail);
      await restoredFrom(life, second, copy);
      assert.deepEqual(await alertsOf(life, first, second), []);

      const s3 = client(one);
      const names = (await Array.fromAsync(first.list(`${life.host.name}/`)))
        .map(({ name }) => name).filter((it) => !it.includes("/receipt-")).slice(0, 5);
      for (const [at, Key] of names.entries()) {
        if (at < 3) await s3.send(new PutObjectCommand({ Bucket: one.name, Key, Body: "damaged" }));
        else await s3.send(new DeleteObjectCommand({ Bucket: one.name, Key }));
      }
      s3.destroy();
      const found: Finding[] = [];
      await verify(life.host, first, {}, (it) => found.push(it), life.run);
      for (const name of names) {
        const object = name.split("/").at(-1)!;
        assert.ok(found.some(({ kind, what }) => kind === "damage" && what.includes(object)), object);
      }
      assert.match((await alertsOf(life, second, first)).join("\n"), /^critical: In the mirror second: /);
      const digestOf = (name: string): string | undefined => parseObjectName(name.split("/").at(-1)!)?.sha256;
      await restoredFrom(life, fallbackReader(first, [second], digestOf, () => {}), copy);
      const records = await Array.fromAsync(second.list(MIRROR_DIRECTORY));
      assert.equal(records.length, 2, "one record of dates for each snapshot");
      for (const it of closing) it.close();
    }, { attributes: false }),
);
