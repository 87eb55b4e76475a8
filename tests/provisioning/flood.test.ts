/** Thousands of receipts that are refused: what `expire`, `mirror` and `find` do with the snapshots before, among and after them. */
import assert from "node:assert/strict";
import type { Run } from "../../lib/app/events.ts";
import type { Host } from "../../lib/config/types.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import { sha256 } from "../../lib/model/digest.ts";
import { objectKey, receiptName } from "../../lib/model/name.ts";
import { expire, type ExpiryResult } from "../../lib/provisioning/expire.ts";
import { mirror, type MirrorResult } from "../../lib/provisioning/mirror.ts";
import { type CopiedDirectory, MirrorProgress } from "../../lib/provisioning/mirror_progress.ts";
import { findVersions } from "../../lib/snapshots/versions.ts";
import { directory, file } from "../source/tree.ts";
import { type CountedReader, countedReader } from "../support/counted_reader.ts";
import { idAt, newSigner } from "../support/forger.ts";
import { type Life, withLife } from "../support/life.ts";
import { memoryStore } from "../support/memory_store.ts";

const FLOOD = 8000;

/** Most receipts that are read of them, and the objects of the snapshots. */
const MOST = 4500;

const RETENTION = { days: 5, refreshDays: 3 };

const encoder = new TextEncoder();

interface Flooded extends CountedReader {
  readonly life: Life;
  readonly host: Host;
  readonly run: Run;
  readonly warnings: string[];
  /** Ids of two expired snapshots, of one that the store received among the junk, and of a young one. */
  readonly ids: readonly string[];
}

/** Runs `body` with a store that a flood of junk has hit some days ago. */
function withFlood(body: (flooded: Flooded) => Promise<void>): Promise<void> {
  return withLife(directory({ a: file("a") }), async (life) => {
    const ids: string[] = [];
    const backup = async (days: number): Promise<void> => {
      life.now += days * DAY_MS;
      ids.push((await life.backup({ full: true })).snapshot);
    };
    await backup(0);
    await backup(1);
    life.now += DAY_MS;
    for (let at = 0; at < FLOOD; at += 1) {
      if (at === FLOOD / 2) await backup(0);
      const bytes = encoder.encode(`junk ${at}`);
      const key = objectKey(life.host.name, idAt("20250101T050000", at), receiptName(sha256(bytes)));
      life.store.objects.set(key, { bytes, storedAt: new Date(life.now += 1000) });
    }
    await backup(12);
    await body(
      watched(life, { ...life.host, signers: [(await life.snapshot()).receipt.signer.fingerprint] }, ids),
    );
  }, { retention: RETENTION });
}

function watched(life: Life, host: Host, ids: readonly string[]): Flooded {
  const warnings: string[] = [];
  const report: Run["report"] = (event) => void (event.event === "warning" && warnings.push(event.text));
  const run = { ...life.run, report };
  return Object.assign(countedReader(life.store.reader), { life, host, ids, warnings, run });
}

function idsIn(objects: Iterable<string>): Set<string> {
  return new Set([...objects].map((it) => it.split("/")[1]!));
}

Deno.test("expire removes in a flood what it has judged, leaves the rest, and ends with it after some runs", () =>
  withFlood(async (it) => {
    const { life, host, ids: [first, second, among, young], reader, run } = it;
    const once = (): Promise<ExpiryResult> => expire(host, reader, life.store.remover, () => {}, run);
    const result = await once();
    assert.ok(it.fetched < MOST, `${it.fetched} were fetched`);
    const left = idsIn(life.store.objects.keys());
    assert.deepEqual([first, second, among, young].map((id) => left.has(id!)), [false, false, true, true]);
    assert.equal(result.snapshots, 2);
    assert.equal(left.size, result.unread + 1);
    assert.ok(result.unread > FLOOD - MOST);
    assert.match(it.warnings.join(), /thousands of objects.*are refused/);

    for (let runs = 0; (await once()).unread > 0; runs += 1) assert.ok(runs < 5);
    assert.deepEqual([...idsIn(life.store.objects.keys())], [young]);
  }));

/** Progress in memory: thousands of files take minutes on some disks. */
class MemoryProgress extends MirrorProgress {
  readonly #copied = new Map<string, CopiedDirectory & { readonly names: Set<string> }>();

  override of(id: string): CopiedDirectory & { readonly names: Set<string> } {
    return this.#copied.get(id) ?? { names: new Set(), complete: undefined };
  }

  override ids(): string[] {
    return [...this.#copied.keys()];
  }

  override add(id: string, name: string): void {
    this.#copied.set(id, { names: this.of(id).names.add(name), complete: undefined });
  }

  override complete(id: string, digest: string): void {
    this.#copied.set(id, { names: this.of(id).names, complete: digest });
  }
}

Deno.test("mirror copies in a flood the snapshots before and after it, and the rest in further runs", () =>
  withFlood(async (it) => {
    const { host, ids: [first, second, among, young], reader, run } = it;
    const to = memoryStore();
    const progress = new MemoryProgress("", (text) => assert.fail(text));
    const target = { writer: to.writer, signer: await newSigner("owner"), progress };
    const once = (): Promise<MirrorResult> =>
      mirror(host, reader, target, ({ what }) => assert.fail(what), run);
    const { unreadable } = await once();
    assert.ok(it.fetched < 2 * MOST, `${it.fetched} were fetched`);
    const copied = (): boolean[] =>
      [first, second, among, young].map((id) => idsIn(to.objects.keys()).has(id!));
    assert.deepEqual(copied(), [true, true, false, true]);
    assert.ok(unreadable > FLOOD - MOST);
    assert.match(it.warnings.join(), /directories were not copied\. Not read/);

    for (let runs = 0; (await once()).unreadable > 0; runs += 1) assert.ok(runs < 5);
    assert.deepEqual(copied(), [true, true, true, true]);
  }));

Deno.test("find searches in a flood the snapshots before and after it", () =>
  withFlood(async (it) => {
    const { life, host, ids: [first, second, among, young], reader, run } = it;
    const problems = new Set<string>();
    const options = { globs: ["a"], problem: (id: string): void => void problems.add(id) };
    const { versions: [version] } = await findVersions(host, reader, life.identities, options, run);
    assert.deepEqual([version?.first, version?.last, version?.snapshots], [first, young, 3]);
    assert.ok(version?.sentIn.includes(second!));
    assert.ok(problems.has(among!));
    assert.ok(it.fetched < MOST, `${it.fetched} were fetched`);
  }));
