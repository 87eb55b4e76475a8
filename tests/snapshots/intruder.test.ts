/**
 * An intruder with everything that the host has: its put-only credentials, its state directory with the ids of older
 * snapshots, its signing key. Whatever he adds hides no older snapshot and keeps no reader from finishing. With
 * NIGHTDROP_SOAK he adds 10,000 objects.
 */
import assert from "node:assert/strict";
import { CreateMultipartUploadCommand } from "@aws-sdk/client-s3";
import { backup } from "../../lib/backup/backup.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { list } from "../../lib/snapshots/list.ts";
import { sha256 } from "../../lib/model/digest.ts";
import { dumpPartName, indexPartName, receiptName, volumePartName } from "../../lib/model/name.ts";
import { MAX_RECEIPT_BYTES } from "../../lib/model/receipt.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import { restore } from "../../lib/restore/restore.ts";
import { readSigner } from "../../lib/seal/signer.ts";
import type { StoreReader, StoreWriter } from "../../lib/store/contract.ts";
import { directoryReader, directoryWriter } from "../../lib/store/directory/directory.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { verify } from "../../lib/verify/verify.ts";
import { emitPolicy } from "../../lib/provisioning/emit.ts";
import { keysOf } from "../../scripts/rgw/accounts.ts";
import { assertSameTree, file, writeTree } from "../source/tree.ts";
import { withReader, withWriter } from "../store/closed_clients.ts";
import { makeScenario, type Scenario, withScenario } from "../support/scenario.ts";
import { emptyReceipt, forger, forgeReceipt, idAt } from "../support/forger.ts";
import { newUser, rgwTest } from "../support/rgw.ts";
import { clientOptions, provisionedHost } from "../support/rgw_host.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { withDesk } from "../support/vault.ts";

const COUNT = Deno.env.get("NIGHTDROP_SOAK") === undefined ? 120 : 10_000;

/** Milliseconds that any reader may take afterwards. */
const PATIENCE = COUNT < 1000 ? 60_000 : 300_000;

type Bytes = Uint8Array<ArrayBuffer>;

/** What an intruder knows, and the name and bytes of the next object of a form. */
interface Intruder {
  readonly scenario: Scenario;
  /** Ids of older snapshots. */
  readonly older: readonly string[];
}

type Form = (intruder: Intruder, at: number) => Promise<readonly [path: string, bytes: Bytes]>;

const encoder = new TextEncoder();

function junk(at: number): Bytes {
  return encoder.encode(`junk ${at} ${"x".repeat(at % 2000)}`);
}

function beside(nameOf: (digest: string, at: number) => string): Form {
  return ({ older }, at) => {
    const bytes = junk(at);
    return Promise.resolve([`${older[at % older.length]}/${nameOf(sha256(bytes), at)}`, bytes]);
  };
}

function newId(at: number): string {
  return idAt("20261127T050000", 1 + at);
}

async function ownReceipt({ scenario, older }: Intruder, at: number): Promise<readonly [string, Bytes]> {
  const known = Deno.readTextFileSync(`${scenario.host.state}/${scenario.host.name}/signer.asc`);
  const signer = await readSigner(known);
  const snapshot = older[at % older.length]!;
  const bytes = await forgeReceipt(emptyReceipt({ snapshot, program: `intruder ${at}` }, signer), { signer });
  return [`${snapshot}/${receiptName(sha256(bytes))}`, bytes];
}

/** Everything that he can think of. */
const FORMS: Record<string, Form> = {
  "a receipt of junk beside the real one": beside((digest) => receiptName(digest)),
  "a receipt whose bytes are not those of its name": beside((_, at) => receiptName(sha256(junk(at + 1)))),
  "a receipt by the host's own key beside the real one": ownReceipt,
  "a receipt by another key beside the real one": async ({ older }, at) => {
    const snapshot = older[at % older.length]!;
    const bytes = await forgeReceipt(emptyReceipt({ snapshot, program: `other ${at}` }));
    return [`${snapshot}/${receiptName(sha256(bytes))}`, bytes];
  },
  "a receipt by another key in a directory of its own": async (_, at) => {
    const bytes = await forgeReceipt(emptyReceipt({ snapshot: newId(at) }));
    return [`${newId(at)}/${receiptName(sha256(bytes))}`, bytes];
  },
  "a part of a volume": beside((digest, at) => volumePartName(1 + at % 5, 0, digest, "zstd")),
  "a part of a dump": beside((digest) => dumpPartName(1, 7, digest, "zstd")),
  "a part of the index": beside((digest, at) => indexPartName(at % 3, digest, "zstd")),
  "a name of control characters": beside((_, at) => `\x1b[2J\u202e${at}`),
  "a directory in the snapshot's": beside((_, at) => `${at}/${"d/".repeat(at % 20)}x`),
  "a directory whose name begins with a snapshot's": ({ older }, at) =>
    Promise.resolve([`${older[0]}${at}/${receiptName(sha256(junk(at)))}`, junk(at)]),
  "a directory that is no snapshot's": (_, at) => Promise.resolve([`zz-${at}/x`, junk(at)]),
  "an index without a receipt": (_, at) =>
    Promise.resolve([
      `${idAt("20261126T050000", at)}/${indexPartName(0, sha256(junk(at)), "zstd")}`,
      junk(at),
    ]),
  "an object that is no directory": (_, at) => Promise.resolve([`README-${at}`, junk(at)]),
};

async function intrude(intruder: Intruder, writer: StoreWriter): Promise<void> {
  const forms = Object.values(FORMS);
  for (let at = 0; at < COUNT; at += 1) {
    const [path, bytes] = await forms[at % forms.length]!(intruder, at);
    await writer.put(`${intruder.scenario.host.name}/${path}`, bytes);
  }
  const large = new Uint8Array(MAX_RECEIPT_BYTES + 1);
  const name = receiptName(sha256(large));
  await writer.put(`${intruder.scenario.host.name}/${intruder.older[0]}/${name}`, large);
}

/** Three snapshots, the second and third of which need the first, and copies of the tree at their times. */
async function threeBackups(scenario: Scenario, writer: StoreWriter): Promise<Map<string, string>> {
  const trees = new Map<string, string>();
  for (const version of [1, 2, 3]) {
    writeTree(`${scenario.source}/version`, file(`version ${version}`));
    const { snapshot } = await backup(scenario.host, writer, scenario.run);
    const copy = `${scenario.directory}/tree-${version}`;
    await new Deno.Command("cp", { args: ["-a", scenario.source, copy] }).output();
    trees.set(snapshot, copy);
  }
  return trees;
}

/** What `list` shows of the real snapshots. */
async function listed(scenario: Scenario, reader: StoreReader): Promise<string[]> {
  const items = await Array.fromAsync(list(scenario.host, reader, scenario.run));
  assert.ok(items.length < 300, `${items.length} lines`);
  return items.flatMap((it) => it.kind === "snapshot" ? [JSON.stringify(it.snapshot)] : []);
}

async function assertAsBefore(title: string, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await work();
  assert.ok(performance.now() - started < PATIENCE, title);
}

async function surviveIntruder(
  unpinned: Scenario,
  writer: StoreWriter,
  reader: StoreReader,
  more: (intruder: Intruder) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const trees = await threeBackups(unpinned, writer);
  const signer = await readSigner(
    Deno.readTextFileSync(`${unpinned.host.state}/${unpinned.host.name}/signer.asc`),
  );
  const host = { ...unpinned.host, signers: [signer.fingerprint] };
  assert.notEqual(forger.fingerprint, signer.fingerprint);
  const scenario = await makeScenario(unpinned.directory, host, unpinned.store);
  const before = await listed(scenario, reader);
  const older = [...trees.keys()];
  await intrude({ scenario, older }, writer);
  await more({ scenario, older });

  await assertAsBefore("list", async () => assert.deepEqual(await listed(scenario, reader), before));
  await assertAsBefore("verify", async () => {
    const findings: Finding[] = [];
    const result = await verify(
      host,
      reader,
      { identities: scenario.identities, jobs: 1 },
      (it) => findings.push(it),
      scenario.run,
    );
    assert.equal(result.snapshots, 3);
    assert.equal(result.restorable.length, 3);
    assert.ok(findings.length < 300, `${findings.length} findings`);
    const ofOlder = findings.filter(({ kind, snapshot }) => kind === "damage" && trees.has(snapshot ?? ""));
    for (const { what } of ofOlder) {
      assert.match(what, /objects? do(es)? not belong|receipts where one belongs/);
    }
  });
  for (const [id, tree] of [...trees, ["latest", trees.get(older[2]!)!] as const]) {
    await assertAsBefore(`restore ${id}`, async () => {
      const options = { signal: scenario.run.signal, damaged: () => {} };
      const snapshot = await findSnapshot(reader, host, id, options);
      const target = `${scenario.directory}/back-${id}`;
      await restore(
        snapshot,
        reader,
        scenario.identities,
        { globs: [], target, overwrite: false, jobs: 1 },
        scenario.run,
      );
      assertSameTree(`${target}${scenario.source}`, tree);
    });
  }
}

Deno.test("objects that an intruder adds to a directory hide no snapshot and stop no reader", () =>
  withScenario(sampleTree(), async (scenario) => {
    const store = `${scenario.directory}/store`;
    await surviveIntruder(scenario, directoryWriter(store), directoryReader(store));
  }));

/** Tries to begin uploads in parts, of the names of real objects and of others, which `provision` denies. */
async function beginUploads(options: S3Options, { scenario, older }: Intruder): Promise<void> {
  const client = s3Client(options, 0);
  try {
    for (let at = 0; at < 4; at += 1) {
      const name = at % 2 === 0 ? receiptName(sha256(junk(at))) : `${"d/".repeat(at)}x`;
      const object = {
        Bucket: options.bucket,
        Key: `${scenario.host.name}/${older[at % older.length]}/${name}`,
      };
      await assert.rejects(client.send(new CreateMultipartUploadCommand(object)), { name: "AccessDenied" });
    }
  } finally {
    client.destroy();
  }
}

rgwTest(
  "objects that an intruder adds to a provisioned bucket hide no snapshot and stop no reader",
  (rgw) =>
    withDesk(async (desk) => {
      const provisioned = await provisionedHost(rgw, desk, {}, { days: 30, refreshDays: 30 });
      const { readerPolicy } = emitPolicy(provisioned, "nightdrop-{host}");
      const [host, trusted] = await Promise.all([
        keysOf(rgw, `nightdrop-${provisioned.name}`),
        newUser(rgw, `reader-of-${provisioned.name}`, readerPolicy),
      ]);
      const bucket = `${provisioned.name}-backups`;
      const options = { ...clientOptions(rgw, host), bucket };
      await withScenario(
        sampleTree(),
        (scenario) =>
          withWriter(options, (writer) =>
            withReader({ ...clientOptions(rgw, trusted), bucket }, (reader) =>
              surviveIntruder(
                scenario,
                writer,
                reader,
                (intruder) =>
                  beginUploads(options, intruder),
              ))),
      );
    }),
);
