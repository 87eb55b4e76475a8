/** Mirrors: a second store with everything, which readers fall back to object by object. */
import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { MIRROR_DIRECTORY } from "../../lib/model/mirror_record.ts";
import { parseObjectName } from "../../lib/model/name.ts";
import { mirror, type MirrorProblem, type MirrorResult } from "../../lib/provisioning/mirror.ts";
import { MirrorProgress } from "../../lib/provisioning/mirror_progress.ts";
import type { Signer } from "../../lib/seal/signer.ts";
import { datedReader } from "../../lib/snapshots/mirror_dates.ts";
import { StoreError, type StoreReader, type StoreWriter } from "../../lib/store/contract.ts";
import { fallbackReader } from "../../lib/store/fallback_reader.ts";
import { type Finding } from "../../lib/verify/findings.ts";
import { verify } from "../../lib/verify/verify.ts";
import { newSigner } from "../support/forger.ts";
import { type Life, withLife } from "../support/life.ts";
import { type MemoryStore, memoryStore } from "../support/memory_store.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { days, restoredFrom } from "./copies.ts";

const owner: Signer = await newSigner("owner");

interface Mirrored extends MirrorResult {
  readonly problems: readonly MirrorProblem[];
}

async function mirrored(
  life: Life,
  to: Pick<MemoryStore, "writer">,
  { writer = to.writer, signer = owner, name = "progress" } = {},
): Promise<Mirrored> {
  const problems: MirrorProblem[] = [];
  const progress = new MirrorProgress(`${life.directory}/${name}`, (text) => assert.fail(text));
  const target = { writer, signer, progress };
  const result = await mirror(life.host, life.store.reader, target, (it) => problems.push(it), life.run);
  return { ...result, problems };
}

function copiesIn({ objects }: MemoryStore): string[] {
  return [...objects.keys()].filter((it) => !it.startsWith(MIRROR_DIRECTORY)).sort();
}

function digestOf(name: string): string | undefined {
  return parseObjectName(name.split("/").at(-1)!)?.sha256;
}

Deno.test("a mirror has every object as it is, and a repeated run puts nothing", () =>
  withLife(sampleTree(), async (life) => {
    await days(life, 3);
    const second = memoryStore();
    const { copied, problems } = await mirrored(life, second);
    assert.deepEqual([copied, problems], [life.store.objects.size, []]);
    for (const [name, { bytes }] of life.store.objects) {
      assert.deepEqual(second.objects.get(name)?.bytes, bytes, name);
    }
    const again = await mirrored(life, second, { writer: refusing(second.writer) });
    assert.deepEqual([again.copied, again.unchanged, again.snapshots], [0, 3, 3]);
    await days(life, 1);
    const copy = await life.copy();
    const more = await mirrored(life, second);
    assert.equal(more.unchanged, 3);
    assert.deepEqual(copiesIn(second), [...life.store.objects.keys()].sort());
    life.store.objects.clear();
    await restoredFrom(life, second.reader, "latest", copy);
  }, { attributes: false }));

/** A writer that takes nothing. */
function refusing(writer: StoreWriter): StoreWriter {
  return { ...writer, put: () => Promise.reject(new StoreError("denied", "memory: nothing is put")) };
}

Deno.test("a mirroring that is killed at any moment leaves no snapshot that lacks anything, and continues", () =>
  withLife(sampleTree(), async (life) => {
    await days(life, 3);
    const all = life.store.objects.size + 3;
    for (let at = 0; at < all; at += 1) {
      for (const isStored of [false, true]) {
        const second = memoryStore();
        const name = `killed ${at} ${isStored}`;
        let left = at;
        const dying: StoreWriter = {
          ...second.writer,
          async put(...args): Promise<Date | undefined> {
            if (left-- > 0) return await second.writer.put(...args);
            if (isStored) await second.writer.put(...args).catch(() => {});
            throw new StoreError("denied", "memory: the machine went down");
          },
        };
        await assert.rejects(mirrored(life, second, { writer: dying, name }), StoreError);
        const found: Finding[] = [];
        await verify(life.host, second.reader, { content: false }, (it) => found.push(it), life.run);
        const parts = found.filter(({ kind, what }) => kind === "damage" && /is missing$/.test(what));
        assert.deepEqual(parts, [], `a receipt is there before its parts, after ${at}`);
        const { problems } = await mirrored(life, second, { name });
        assert.deepEqual(problems, []);
        assert.deepEqual(copiesIn(second), [...life.store.objects.keys()].sort());
      }
    }
  }, { attributes: false }));

Deno.test("a mirror is judged by the dates of the original store if the owner signed them", () =>
  withLife(sampleTree(), async (life) => {
    const begin = life.now;
    await days(life, 2);
    life.now += 20 * DAY_MS;
    const second = memoryStore(() => new Date(life.now));
    second.expiry = 61;
    await mirrored(life, second);
    const untils = async (signers: readonly string[]): Promise<(string | undefined)[]> => {
      const warnings: string[] = [];
      const reader = datedReader(second.reader, signers, (text) => warnings.push(text));
      const { restorable } = await verify(life.host, reader, { content: false }, () => {}, life.run);
      return [...restorable.map(({ until }) => until), ...warnings.map((it) => it.slice(0, 12))];
    };
    const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
    const original = day(begin + 61 * DAY_MS);
    assert.deepEqual(await untils([owner.fingerprint]), [original, original]);
    const copied = day(life.now + 61 * DAY_MS);
    assert.deepEqual(
      await untils([]),
      [copied, copied],
      "without a pinned key, the dates of the copies count",
    );
    const foreign = await untils(["ab".repeat(20)]);
    assert.deepEqual(foreign.slice(0, 2), [copied, copied]);
    assert.ok(foreign.includes("The dates of"));
    for (const [name, { bytes, storedAt }] of second.objects) {
      if (!name.startsWith(MIRROR_DIRECTORY)) continue;
      second.objects.set(name, { bytes: bytes.with(200, bytes[200]! ^ 1), storedAt });
    }
    assert.deepEqual((await untils([owner.fingerprint])).slice(0, 2), [copied, copied], "a changed record");
  }, { attributes: false }));

Deno.test("what the store lacks or has damaged is taken from the mirror, object by object", () =>
  withLife(sampleTree(), async (life) => {
    await days(life, 3);
    const copy = await life.copy();
    const second = memoryStore();
    await mirrored(life, second);
    const names = [...life.store.objects.keys()].filter((it) => !it.includes("/receipt-"));
    for (const [at, name] of names.slice(0, 5).entries()) {
      const { bytes, storedAt } = life.store.objects.get(name)!;
      if (at < 3) life.store.objects.set(name, { bytes: bytes.with(9, bytes[9]! ^ 1), storedAt });
      else life.store.objects.delete(name);
    }
    const { findings } = await life.verify();
    for (const name of names.slice(0, 5)) {
      const object = name.split("/").at(-1)!;
      assert.ok(findings.some(({ kind, what }) => kind === "damage" && what.startsWith(object)), object);
    }
    // Half of the mirror is damaged, too: in other objects.
    for (const name of names.slice(5)) {
      const { bytes, storedAt } = second.objects.get(name)!;
      second.objects.set(name, { bytes: bytes.with(9, bytes[9]! ^ 1), storedAt });
    }
    const said: string[] = [];
    const reader = fallbackReader(life.store.reader, [second.reader], digestOf, (text) => said.push(text));
    await restoredFrom(life, reader, "latest", copy);
    assert.equal(said.length, 1, "once, however many objects there are");
    for (const name of [...life.store.objects.keys()].filter((it) => it.includes("/receipt-"))) {
      life.store.objects.delete(name);
    }
    await restoredFrom(life, reader, "latest", copy);
  }, { attributes: false }));

Deno.test("a store that cannot be read at all is replaced by its mirror, and two that cannot are an error", () =>
  withLife(sampleTree(), async (life) => {
    await days(life, 2);
    const copy = await life.copy();
    const second = memoryStore();
    await mirrored(life, second);
    const gone = new StoreError("unreachable", "memory: no network");
    const dead: StoreReader = {
      ...life.store.reader,
      // deno-lint-ignore require-yield
      async *list(): AsyncGenerator<never> {
        throw gone;
      },
      get: () => Promise.reject(gone),
    };
    const said: string[] = [];
    const reader = fallbackReader(dead, [second.reader], digestOf, (text) => said.push(text));
    await restoredFrom(life, reader, "latest", copy);
    assert.ok(said.some((it) => /its copies are read: memory: no network/.test(it)));
    const both = fallbackReader(dead, [dead], digestOf, () => {});
    await assert.rejects(Array.fromAsync(both.list("")), gone);
  }, { attributes: false }));

Deno.test("what is damaged or missing here is reported each time, and stays in the mirror", () =>
  withLife(sampleTree(), async (life) => {
    const [first, second, third] = await days(life, 3);
    const to = memoryStore();
    const [damaged, deleted] = [...life.store.objects.keys()].filter((it) => it.includes(`${second}/0`));
    const good = life.store.objects.get(damaged!)!;
    life.store.objects.set(damaged!, { ...good, bytes: good.bytes.with(9, good.bytes[9]! ^ 1) });
    for (let run = 0; run < 2; run += 1) {
      const { damages, problems } = await mirrored(life, to);
      assert.equal(damages, 1);
      assert.match(problems[0]!.what, /is not what its name says/);
    }
    life.store.objects.set(damaged!, good);
    assert.equal((await mirrored(life, to)).damages, 0);
    const size = to.objects.size;
    const last = deleted ?? damaged!;
    life.store.objects.delete(last);
    for (const name of [...life.store.objects.keys()].filter((it) => it.includes(`/${third}/`))) {
      life.store.objects.delete(name);
    }
    for (let run = 0; run < 2; run += 1) {
      const { problems } = await mirrored(life, to);
      assert.deepEqual(problems.map(({ snapshot }) => snapshot), [second, third]);
      for (const { what } of problems) assert.match(what, /missing here, though the mirror has it/);
    }
    assert.ok(to.objects.size >= size && to.objects.has(last));
    life.now += 100 * DAY_MS;
    for (const name of life.store.objects.keys()) life.store.objects.delete(name);
    assert.deepEqual((await mirrored(life, to)).problems, [], `${first} and the others have expired`);
  }, { attributes: false }));

Deno.test("objects of other programs are counted, and not copied", () =>
  withLife(sampleTree(), async (life) => {
    const [id] = await days(life, 1);
    const object = { bytes: new Uint8Array(3), storedAt: new Date(life.now) };
    for (const name of [`${id}/notes.txt`, "notes.txt"]) {
      life.store.objects.set(`${life.host.name}/${name}`, object);
    }
    const second = memoryStore();
    const { foreign, problems } = await mirrored(life, second);
    assert.deepEqual([foreign, problems], [2, []]);
    assert.ok(!copiesIn(second).some((it) => it.endsWith("notes.txt")));
  }, { attributes: false }));
