/** Expiry of a directory store: what a bucket would have removed goes, and what a snapshot needs stays. */
import assert from "node:assert/strict";
import { expire, type Expired, type ExpiryResult } from "../../lib/provisioning/expire.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import { Failure, Misuse } from "../../lib/model/failure.ts";
import { expiryDays } from "../../lib/model/retention.ts";
import type { ReceiptLink } from "../../lib/model/receipt.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { verify } from "../../lib/verify/verify.ts";
import type { Host } from "../../lib/config/types.ts";
import type { StoreRemover } from "../../lib/store/contract.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { Dice } from "../../scripts/simulate/dice.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import { restore } from "../../lib/restore/restore.ts";
import { restoredSource } from "../support/scenario.ts";
import { type Life, Mischief, withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { forger, forgeSnapshot, idAt } from "../support/forger.ts";
import { assertSameTree, directory, file } from "../source/tree.ts";

const RETENTION = { days: 5, refreshDays: 3 };
const SMALL = directory({ a: file("a"), b: file("b") });

/** Returns the host with the key of its backups pinned. */
async function pinned(life: Life): Promise<Host> {
  return { ...life.host, signers: [(await life.snapshot()).receipt.signer.fingerprint] };
}

interface Ran extends ExpiryResult {
  readonly expired: readonly Expired[];
}

async function run(life: Life, remover?: StoreRemover, changes: Partial<Host> = {}): Promise<Ran> {
  const expired: Expired[] = [];
  const host = { ...await pinned(life), ...changes };
  const result = await expire(host, life.store.reader, remover, (it) => expired.push(it), life.run);
  return { ...result, expired };
}

async function damages(life: Life): Promise<string[]> {
  return (await life.verify()).findings.filter(({ kind }) => kind === "damage").map(({ what }) => what);
}

Deno.test("expire removes nothing without a remover, and reports what it would remove", () =>
  withLife(SMALL, async (life) => {
    await life.backup({ full: true });
    life.now += (expiryDays(RETENTION) + 1) * DAY_MS;
    await life.backup({ full: true });
    const before = [...life.store.objects.keys()];
    const { snapshots, objects, kept, bytes, expired } = await run(life);
    assert.deepEqual([snapshots, kept, expired.length, expired[0]!.kind], [1, 1, 1, "snapshot"]);
    assert.ok(objects >= 3 && bytes > 0);
    assert.deepEqual([...life.store.objects.keys()], before);
    const applied = await run(life, life.store.remover);
    assert.deepEqual({ ...applied }, { ...applied, snapshots, objects, bytes, kept });
    assert.equal(life.store.objects.size, before.length - objects);
    assert.equal((await run(life, life.store.remover)).objects, 0);
  }, { retention: RETENTION }));

Deno.test("for weeks every snapshot within its retention verifies and is restored exactly after each expiry", () =>
  withLife(sampleTree(), async (life) => {
    const dice = new Dice(7);
    const mischief = new Mischief(life.source, 7);
    const kept: { id: string; copy: string; until: number }[] = [];
    let removed = 0;
    for (let day = 0; day < 30; day += 1) {
      mischief.do(4);
      const broken = day > 0 && dice.chance(0.2);
      const { snapshot } = await life.backup({}, {}, broken ? breaking(life, 2) : undefined).catch(() => ({
        snapshot: undefined,
      }));
      if (snapshot !== undefined) {
        kept.push({
          id: snapshot,
          copy: await life.copy(),
          until: life.now + RETENTION.days * DAY_MS,
        });
      }
      removed += (await run(life, life.store.remover)).snapshots;
      if (day % 10 === 9) {
        assert.deepEqual(await damages(life), []);
        for (const { id, copy } of kept.filter(({ until }) => until >= life.now)) {
          await restoredExactly(life, id, copy);
        }
      }
      life.now += dice.chance(0.2) ? 2 * DAY_MS : DAY_MS;
    }
    assert.ok(removed > 10, `${removed} were removed`);
    const directories = new Set([...life.store.objects.keys()].map((it) => it.split("/")[1]));
    assert.ok(directories.size <= expiryDays(RETENTION) + 1, `${directories.size} are left`);
  }, { retention: RETENTION, attributes: false }));

Deno.test("over two years of snapshots only those stay that are young or needed, and all of them verify", () =>
  withLife(SMALL, async (life) => {
    const dice = new Dice(11);
    const host = { ...life.host, signers: [forger.fingerprint], retention: { days: 20, refreshDays: 10 } };
    const links: ReceiptLink[] = [];
    for (let day = 0; day < 730; day += 1) {
      life.now += DAY_MS;
      if (dice.chance(0.1)) continue;
      const older = links.slice(-6).filter(() => dice.chance(0.4)).reverse();
      const forged = await forgeSnapshot({
        host: host.name,
        snapshot: idAt(new Date(life.now).toISOString().replace(/[-:]|\.\d+Z/g, ""), day),
        finished: new Date(life.now).toISOString(),
        previous: links.at(-1) ?? null,
        needs: older.map(({ snapshot, commitment }) => ({
          snapshot,
          receipt: commitment,
          volumes: [[1, 1]],
        })),
      });
      links.push(forged.link);
      const storedAt = new Date(life.now);
      for (const [name, bytes] of forged.objects) life.store.objects.set(name, { bytes, storedAt });
      if (day % 30 !== 29) continue;
      await expire(host, life.store.reader, life.store.remover, () => {}, life.run);
      const limit = life.now - expiryDays(host.retention) * DAY_MS;
      assert.ok(life.store.objects.values().every((it) => it.storedAt.getTime() > limit));
      const found: Finding[] = [];
      await verify(host, life.store.reader, { content: false }, (it) => found.push(it), life.run);
      assert.deepEqual(found.filter(({ kind }) => kind !== "note"), []);
    }
  }));

Deno.test("an expiry that is interrupted after any object leaves a store that verifies, and the next one ends it", () =>
  withLife(SMALL, async (life) => {
    await life.backup({ full: true });
    life.now += DAY_MS;
    await life.backup({ full: true });
    life.now += expiryDays(RETENTION) * DAY_MS;
    await life.backup({ full: true });
    const all = new Map(life.store.objects);
    const { objects } = await run(life);
    for (let at = 0; at < objects; at += 1) {
      life.store.objects.clear();
      for (const [name, object] of all) life.store.objects.set(name, object);
      await assert.rejects(run(life, stoppingAfter(life.store.remover, at)), /stopped/);
      assert.equal(life.store.objects.size, all.size - at);
      assert.deepEqual(await damages(life), [], `after ${at} objects`);
      await run(life, life.store.remover);
      assert.equal(life.store.objects.size, all.size - objects);
    }
  }, { retention: RETENTION }));

Deno.test("objects that a younger snapshot needs stay, at any age", () =>
  withLife(sampleTree(), async (life) => {
    const ids = [(await life.backup()).snapshot];
    for (let day = 0; day < 4; day += 1) {
      life.now += DAY_MS;
      Deno.writeTextFileSync(`${life.source}/new`, `${day}`);
      ids.push((await life.backup()).snapshot);
    }
    const copy = await life.copy();
    const strict = { retention: { days: 2, refreshDays: 0 } };
    const needed = new Set<string>();
    for (const age of [0, 1, 2]) {
      const { receipt } = await life.snapshot(ids.at(-1 - age));
      for (const { snapshot } of receipt.needs) needed.add(snapshot);
    }
    assert.ok(needed.has(ids[0]!), "the first is older than the expiry");
    const { expired } = await run(life, life.store.remover, strict);
    assert.deepEqual(expired.map(({ id }) => id), ids.slice(0, 2).filter((it) => !needed.has(it)));
    await restoredExactly(life, "latest", copy);
  }, { attributes: false }));

Deno.test("volumes that a younger snapshot adopted from a run that broke off stay", () =>
  withLife(sampleTree(), async (life) => {
    await life.backup({}, {}, breaking(life, 3)).catch(() => {});
    life.now += 2 * DAY_MS;
    await life.backup();
    assert.ok((await life.snapshot()).receipt.adopted.length > 0);
    const copy = await life.copy();
    life.now += DAY_MS;
    await run(life, life.store.remover, { retention: { days: 1, refreshDays: 0 } });
    assert.deepEqual(await damages(life), []);
    await restoredExactly(life, "latest", copy);
  }, { attributes: false, partSize: 64 * 1024 }));

Deno.test("objects that no receipt of a pinned signer reaches stay until they are older than the expiry", () =>
  withLife(SMALL, async (life) => {
    const old = life.now;
    const forged = await forgeSnapshot({ snapshot: idAt("20260101T000000") });
    for (const [name, bytes] of forged.objects) {
      life.store.objects.set(name, { bytes, storedAt: new Date(old) });
    }
    const foreign = `${life.host.name}/notes.txt`;
    const inside = `${life.host.name}/${idAt("20260101T000000")}/notes.txt`;
    for (const name of [foreign, inside]) {
      life.store.objects.set(name, { bytes: new Uint8Array(3), storedAt: new Date(old) });
    }
    life.now += (expiryDays(RETENTION) - 1) * DAY_MS;
    await life.backup({ full: true });
    assert.equal((await run(life, life.store.remover)).objects, 0);
    life.now += DAY_MS;
    const { expired, foreign: counted } = await run(life, life.store.remover);
    assert.deepEqual(expired.map(({ kind, objects }) => [kind, objects]), [[
      "unverified",
      forged.objects.size,
    ]]);
    assert.equal(counted, 2);
    assert.ok(
      life.store.objects.has(foreign) && life.store.objects.has(inside),
      "the owner's own files stay",
    );
    assert.ok(life.events.some((it) => it.event === "warning" && /no pinned signer/.test(it.text)));
  }, { retention: RETENTION }));

Deno.test("a receipt of a foreign signer cannot hide what a snapshot needs", () =>
  withLife(sampleTree(), async (life) => {
    await life.backup();
    life.now += 2 * DAY_MS;
    Deno.writeTextFileSync(`${life.source}/new`, "1");
    await life.backup();
    const { id } = await life.snapshot();
    const { signers } = await pinned(life);
    const forged = await forgeSnapshot({ snapshot: id, host: life.host.name });
    for (const [name, bytes] of forged.objects) {
      if (name.includes("/receipt-")) life.store.objects.set(name, { bytes, storedAt: new Date(0) });
    }
    const copy = await life.copy();
    const host = { ...life.host, signers, retention: { days: 1, refreshDays: 0 } };
    await expire(host, life.store.reader, life.store.remover, () => {}, life.run);
    const found = await findSnapshot(life.store.reader, host, id, {
      signal: life.run.signal,
      damaged: () => {},
    });
    const what = { globs: [], target: `${life.directory}/back`, overwrite: false, jobs: 1 };
    assert.equal((await restore(found, life.store.reader, life.identities, what, life.run)).lost, 0);
    assertSameTree(restoredSource(life), copy);
  }, { attributes: false }));

Deno.test("expire refuses an unpinned signer, a clock that is wrong, and to remove the last snapshot", () =>
  withLife(SMALL, async (life) => {
    await life.backup();
    const all = life.store.objects.size;
    await assert.rejects(run(life, life.store.remover, { signers: [] }), Misuse);
    life.now += 1000 * DAY_MS;
    await assert.rejects(run(life, life.store.remover), { name: "Failure", message: /none would be left/ });
    life.now -= 1002 * DAY_MS;
    await assert.rejects(run(life, life.store.remover), { name: "Failure", message: /the clock says/ });
    life.now += 2 * DAY_MS;
    await assert.rejects(
      run(life, life.store.remover, { signers: ["ab".repeat(20)] }),
      { name: "Failure", message: /none would be left/ },
    );
    assert.equal(life.store.objects.size, all);
  }, { retention: RETENTION }));

Deno.test("files that are dated back, or to the year 1970, do not expire before the days of their snapshot are over", () =>
  withLife(SMALL, async (life) => {
    await life.backup({ full: true });
    for (const [name, { bytes }] of life.store.objects) {
      life.store.objects.set(name, { bytes, storedAt: new Date(0) });
    }
    const size = life.store.objects.size;
    life.now += (expiryDays(RETENTION) - 1) * DAY_MS;
    await life.backup({ full: true });
    assert.equal((await run(life, life.store.remover)).objects, 0);
    assert.ok(
      life.events.some((it) => it.event === "warning" && /1 snapshot has files that are dated/.test(it.text)),
    );
    life.now += DAY_MS;
    assert.equal((await run(life, life.store.remover)).objects, size);
  }, { retention: RETENTION }));

Deno.test("the id of a snapshot that claims the future keeps nothing from expiring", () =>
  withLife(SMALL, async (life) => {
    const forged = await forgeSnapshot({ snapshot: idAt("20990101T000000"), host: life.host.name });
    for (const [name, bytes] of forged.objects) {
      life.store.objects.set(name, { bytes, storedAt: new Date(life.now) });
    }
    life.now += expiryDays(RETENTION) * DAY_MS;
    await life.backup();
    assert.equal((await run(life, life.store.remover)).objects, forged.objects.size);
  }, { retention: RETENTION }));

Deno.test("expire removes nothing while a receipt cannot be read", () =>
  withLife(SMALL, async (life) => {
    await life.backup({ full: true });
    life.now += 20 * DAY_MS;
    await life.backup({ full: true });
    const { id } = await life.snapshot();
    const { reader } = life.store;
    const unreadable = {
      ...reader,
      get: (...args: Parameters<typeof reader.get>) =>
        args[0].includes(`${id}/receipt-`)
          ? Promise.reject(new StoreError("denied", "memory: permission denied", { scope: "object" }))
          : reader.get(...args),
    };
    const host = await pinned(life);
    await assert.rejects(
      expire(host, unreadable, life.store.remover, () => assert.fail("removed"), life.run),
      Failure,
    );
  }, { retention: RETENTION }));

/** Restores a snapshot, and compares it with a copy of its source. */
async function restoredExactly(life: Life, id: string, copy: string): Promise<void> {
  const target = await Deno.makeTempDir({ dir: life.directory });
  const { lost } = await life.restore({ target }, id);
  assert.equal(lost, 0, id);
  assertSameTree(restoredSource(life, target), copy);
}

/** A writer whose run breaks off after some objects. */
function breaking(life: Life, objects: number): Life["store"]["writer"] {
  let left = objects;
  const { writer } = life.store;
  return {
    ...writer,
    put: (...args: Parameters<typeof writer.put>) =>
      left-- > 0 ? writer.put(...args) : Promise.reject(new StoreError("denied", "memory: closed")),
  };
}

/** A remover that fails after some objects. */
function stoppingAfter(remover: StoreRemover, objects: number): StoreRemover {
  let left = objects;
  return {
    ...remover,
    async remove(names): Promise<void> {
      for (const name of names) {
        if (left-- === 0) throw new Error("stopped");
        await remover.remove([name]);
      }
    },
  };
}
