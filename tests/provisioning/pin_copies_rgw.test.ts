/** Pins whose objects a real server copies from bucket to bucket, and those that pass this machine instead. */
import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import { pin, type PinResult } from "../../lib/provisioning/pin.ts";
import type { PinStore } from "../../lib/provisioning/pin_store.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import { fallbackReader } from "../../lib/store/fallback_reader.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import { parseObjectName } from "../../lib/model/name.ts";
import { s3Copier, type StoreCopier } from "../../lib/store/s3/copier.ts";
import { s3Remover } from "../../lib/store/s3/remover.ts";
import { type S3Options, s3Reader, s3Writer } from "../../lib/store/s3/writer.ts";
import { Secret } from "../../lib/model/secret.ts";
import type { Statement } from "../../scripts/rgw/policy.ts";
import { type Life, withLife } from "../support/life.ts";
import { type Cluster, newBucket, newUser, rgwTest, type TestBucket } from "../support/rgw.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { days, restoredFrom } from "./copies.ts";

/** Two buckets, of which the first one has an incremental snapshot. */
interface Buckets {
  readonly life: Life;
  readonly id: string;
  /** Copy of the tree of the snapshot. */
  readonly copy: string;
  readonly source: TestBucket;
  readonly pins: TestBucket;
  readonly from: StoreReader;
  readonly to: PinStore & { readonly copier: StoreCopier };
  /** Lines that were reported. */
  readonly notes: string[];
  pin(changes?: Partial<PinStore>, from?: StoreReader): Promise<PinResult>;
}

async function withBuckets(
  rgw: Cluster,
  { kind = "versioned", mayRead = true }: { kind?: "plain" | "versioned"; mayRead?: boolean },
  body: (buckets: Buckets) => Promise<void>,
): Promise<void> {
  await withLife(sampleTree(), async (life) => {
    await days(life, 1);
    Deno.writeTextFileSync(`${life.source}/new`, "1");
    const copy = await life.copy();
    const { snapshot: id } = await life.backup();
    const [source, pins] = await Promise.all([newBucket(rgw, kind), newBucket(rgw, kind)]);
    await putAll(life, source.host);
    const owner = await pinsOwner(rgw, source, pins, mayRead);
    const from = s3Reader(source.trusted);
    const to = {
      reader: s3Reader(pins.trusted),
      writer: s3Writer(owner),
      remover: s3Remover(owner),
      copier: s3Copier(source.trusted, owner),
    };
    const notes: string[] = [];
    const run = { ...life.run, report: (it: { event: string }) => void notes.push(JSON.stringify(it)) };
    try {
      await body({
        life,
        id,
        copy,
        source,
        pins,
        from,
        to,
        notes,
        async pin(changes = {}, reader = from): Promise<PinResult> {
          const find = { signal: life.run.signal, damaged: () => {} };
          const snapshot = await findSnapshot(reader, life.host, id, find);
          return await pin(snapshot, reader, { ...to, ...changes }, { label: "kept", until: null }, run);
        },
      });
    } finally {
      for (const it of [from, ...Object.values(to)]) it.close();
    }
  }, { attributes: false });
}

async function putAll(life: Life, options: S3Options): Promise<void> {
  const writer = s3Writer(options);
  for (const [name, { bytes }] of life.store.objects) await writer.put(name, bytes);
  writer.close();
}

/** Returns the user that docs/STORES.md describes. */
async function pinsOwner(
  rgw: Cluster,
  source: TestBucket,
  pins: TestBucket,
  mayRead: boolean,
): Promise<S3Options> {
  const allow = (bucket: string, Action: string[], path = ""): Statement => ({
    Effect: "Allow",
    Action,
    Resource: `arn:aws:s3:::${bucket}${path}`,
  });
  const keys = await newUser(rgw, `pins-of-${pins.name}`, {
    Version: "2012-10-17",
    Statement: [
      allow(pins.name, ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"], "/*"),
      allow(pins.name, ["s3:ListBucketVersions"]),
      ...(mayRead ? [allow(source.name, ["s3:GetObject", "s3:GetObjectVersion"], "/*")] : []),
    ],
  });
  const credentials = {
    accessKeyId: keys.accessKeyId,
    secretAccessKey: new Secret(keys.secretAccessKey),
  };
  return { ...pins.admin, credentials };
}

/** Puts other bytes over an object; in a bucket without versions it is damaged. */
async function overwrite(life: Life, { admin }: TestBucket, name: string): Promise<void> {
  const { bytes } = life.store.objects.get(name)!;
  if (bytes.length === 0) throw new Error(`${name} is empty`);
  const changed = bytes.map((it, index) => index === 9 ? it ^ 1 : it);
  const writer = s3Writer({ ...admin, createOnly: false });
  await writer.put(name, changed).catch((error) => {
    if (!String(error).includes("versions")) throw error;
  });
  writer.close();
}

function volumeOf({ life, id }: Buckets): string {
  return [...life.store.objects.keys()].find((it) => it.includes(id) && it.includes("/000001."))!;
}

/** A writer that refuses everything except receipts and records of pins. */
function receiptsOnly({ writer }: PinStore): PinStore["writer"] {
  return {
    ...writer,
    put: (name, ...rest) => {
      assert.match(name, /receipt-|^PINS\//);
      return writer.put(name, ...rest);
    },
  };
}

for (const kind of ["plain", "versioned"] as const) {
  rgwTest(
    `the server copies a pin from one ${kind} bucket to another, which is restored exactly`,
    (rgw) =>
      withBuckets(rgw, { kind }, async (buckets) => {
        const { life, id, copy, to, notes } = buckets;
        const { copied, byServer, existed } = await buckets.pin({ writer: receiptsOnly(to) });
        assert.deepEqual(
          [copied - byServer, existed, notes],
          [2, 0, []],
          "only two receipts pass the machine",
        );
        await restoredFrom(life, to.reader, id, copy);
        const again = await buckets.pin();
        assert.deepEqual([again.copied, again.byServer, again.existed], [0, 0, copied]);
      }),
  );
}

rgwTest(
  "objects are copied through the machine if the user of the pins may not read the backups",
  (rgw) =>
    withBuckets(rgw, { mayRead: false }, async (buckets) => {
      const { life, id, copy, to, notes } = buckets;
      const { copied, byServer } = await buckets.pin();
      assert.ok(copied > 2);
      assert.equal(byServer, 0);
      assert.equal(notes.length, 1);
      assert.match(notes[0]!, /through this machine: .*these credentials may not copy.*s3:GetObject/);
      await restoredFrom(life, to.reader, id, copy);
    }),
);

rgwTest(
  "the server copies the first version of an overwritten object",
  (rgw) =>
    withBuckets(rgw, {}, async (buckets) => {
      const { life, id, copy, to, source, notes } = buckets;
      await overwrite(life, source, volumeOf(buckets));
      const { copied, byServer } = await buckets.pin({ writer: receiptsOnly(to) });
      assert.deepEqual([copied - byServer, notes], [2, []]);
      await restoredFrom(life, to.reader, id, copy);
    }),
);

rgwTest(
  "an object in the store of pins is not replaced, and a wrong one is damage",
  (rgw) =>
    withBuckets(rgw, { kind: "plain" }, async (buckets) => {
      const { life, pins, to } = buckets;
      const name = volumeOf(buckets);
      const { bytes } = life.store.objects.get(name)!;
      await to.writer.put(name, bytes);
      const stored = async (): Promise<string> => JSON.stringify(await Array.fromAsync(to.reader.list(name)));
      const before = await stored();
      const { existed } = await buckets.pin();
      assert.deepEqual([existed, await stored()], [1, before]);
      await overwrite(life, pins, name);
      const wrong = await stored();
      await assert.rejects(
        buckets.pin(),
        (error) =>
          error instanceof Damage && error.message.includes(`${name} in s3://${pins.name} is not what`),
      );
      assert.equal(await stored(), wrong);
    }),
);

rgwTest(
  "a damaged object is not pinned: its copy is removed, and a mirror gives the right one",
  (rgw) =>
    withBuckets(rgw, { kind: "plain" }, async (buckets) => {
      const { life, id, copy, source, from, to } = buckets;
      const name = volumeOf(buckets);
      await overwrite(life, source, name);
      await assert.rejects(buckets.pin(), Damage);
      assert.deepEqual(await Array.fromAsync(to.reader.list(name)), []);
      assert.ok(!(await Array.fromAsync(to.reader.list(""))).some((it) => it.name.includes("/receipt-")));
      const mirrored = fallbackReader(from, [life.store.reader], (it) =>
        parseObjectName(it.split("/").at(-1)!)?.sha256, () => {});
      await buckets.pin({}, mirrored);
      await restoredFrom(life, to.reader, id, copy);
    }),
);

rgwTest(
  "a copy that was left unproved is proved by the next run",
  (rgw) =>
    withBuckets(rgw, { kind: "plain" }, async (buckets) => {
      const { life, source, to } = buckets;
      const name = volumeOf(buckets);
      await overwrite(life, source, name);
      await to.copier.copy(name, 1_000_000);
      await assert.rejects(buckets.pin(), Damage);
    }),
);
