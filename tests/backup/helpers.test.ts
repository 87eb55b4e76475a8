import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { zstdDecompressSync } from "node:zlib";
import { backup } from "../../lib/backup/backup.ts";
import { batches } from "../../lib/backup/batches.ts";
import { helpedBlocks, helpersOf } from "../../lib/backup/helpers.ts";
import {
  MAKE_VOLUME,
  type VolumeNews,
  type VolumeOrder,
  type VolumeQuestion,
} from "../../lib/backup/volume.ts";
import { DUMP_DIRECTORY } from "../../lib/model/entry.ts";
import type { Compression } from "../../lib/model/compression.ts";
import { compressor } from "../../lib/seal/compress.ts";
import { pause } from "../../lib/model/turn.ts";
import { SourcePacker } from "../../lib/backup/source_pack.ts";
import type { HelpersAnswer } from "../../lib/seal/frames.ts";
import { decryptMessage } from "../../lib/seal/message.ts";
import { newSessionKey, openerOf } from "../../lib/seal/session_key.ts";
import { type Workers, workers } from "../../lib/workers/pool.ts";
import { collect, noise } from "../seal/bytes.ts";
import { ownerPair } from "../seal/keys.ts";
import { directory, file, readTree } from "../source/tree.ts";
import { select, walked } from "../source/walking.ts";
import { withDirectory } from "../support/directory.ts";
import { restoredSource, type Scenario, withScenario } from "../support/scenario.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const MIB = 2 ** 20;
const PART = 256 * 1024;
const ZSTD = { kind: "zstd", level: 3 } as const;
const { recipient, identity } = await ownerPair();

/** Content that compresses to a half: some blocks of an archive and a little more. */
const CONTENT = Buffer.from(noise(6 * MIB + 5000).toHex());

/** Makes volumes of one large file. */
class LargeFile {
  readonly #path: string;
  /** Number of blocks that jobs have offered to others. */
  asked = 0;
  /** Number of buffers that jobs have requested. */
  buffers = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Returns the compressed archive of a volume. */
  async frames(
    makers: Workers,
    how: Partial<Pick<VolumeOrder, "compression" | "helpedBlocks">> = {},
    help = (block: Bytes): Promise<HelpersAnswer> =>
      helpersOf(makers, how.compression ?? ZSTD)!.compress(block),
  ): Promise<Buffer> {
    const parts: Bytes[] = [];
    const answer = async (question: VolumeQuestion): Promise<{ value: unknown }> => {
      if (question.kind === "buffer") {
        this.buffers += 1;
        return { value: new ArrayBuffer(PART) };
      }
      this.asked += 1;
      return { value: await help(question.block) };
    };
    const reported = (news: VolumeNews): void => void (news.kind === "part" && parts.push(news.bytes));
    await makers.run(MAKE_VOLUME, await this.#order(how), { answer, reported });
    const message = async function* (): AsyncGenerator<Bytes> {
      yield* parts;
    };
    return await collect(decryptMessage(openerOf([identity]), message()));
  }

  async #order(how: Partial<VolumeOrder>): Promise<VolumeOrder> {
    const [entries] = batches(walked(select([this.#path])).entries, PART);
    const session = await newSessionKey([recipient]);
    const order = { number: 1, entries: entries!, session, compression: ZSTD, partSize: PART };
    return { ...order, checksums: true, helpedBlocks: 2, ...how };
  }
}

function withLargeFile(body: (large: LargeFile) => Promise<void>, content = CONTENT): Promise<void> {
  return withDirectory(async (root) => {
    Deno.writeFileSync(`${root}/large`, content);
    await body(new LargeFile(`${root}/large`));
  });
}

for (const compression of [ZSTD, { kind: "gzip" }, { kind: "none" }] as Compression[]) {
  Deno.test(`a large file has the same ${compression.kind} frames, whether other threads help or not`, () =>
    withLargeFile(async (large) => {
      using alone = workers(1);
      const expected = await large.frames(alone, { compression, helpedBlocks: 0 });
      assert.equal(large.asked, 0);
      for (const [jobs, threads] of [[2, 1], [2, 2], [3, 3]] as const) {
        large.asked = 0;
        using makers = workers(jobs, threads);
        const frames = await large.frames(makers, { compression, helpedBlocks: helpedBlocks(jobs) });
        assert.ok(frames.equals(expected), `${jobs} jobs, ${threads} threads`);
        assert.equal(large.asked > 0, compression.kind !== "none");
      }
    }));
}

Deno.test("blocks of two large files at a time come back to the right one", () =>
  withLargeFile((large) =>
    withLargeFile(async (other) => {
      using makers = workers(2);
      const [first, second] = await Promise.all([large.frames(makers), other.frames(makers)]);
      using alone = workers(1);
      assert.ok(first.equals(await large.frames(alone, { helpedBlocks: 0 })));
      assert.ok(second.equals(await other.frames(alone, { helpedBlocks: 0 })));
    }, CONTENT.toReversed() as Buffer<ArrayBuffer>)
  ));

Deno.test("a block that comes back late does not delay the buffers of the frames before it", () =>
  withLargeFile(async (large) => {
    using makers = workers(2);
    const late = async (block: Bytes): Promise<HelpersAnswer> => {
      while (large.asked > 1 && large.buffers < 4) await pause();
      return { block, frame: compressor(ZSTD)(block) };
    };
    const frames = await large.frames(makers, {}, late);
    assert.ok(frames.equals(await large.frames(makers, { helpedBlocks: 0 })));
  }));

Deno.test("a pool whose threads have other work refuses a block, which keeps its memory", async () => {
  using makers = workers(2);
  const helpers = helpersOf(makers, ZSTD)!;
  const free = Promise.withResolvers<{ value: ArrayBuffer }>();
  const listener = { answer: () => free.promise, reported: (): void => {} };
  const volumes = Array.from({ length: makers.wanted }, async (_, number) => {
    const session = await newSessionKey([recipient]);
    const entries = new SourcePacker().packed();
    const how = { compression: ZSTD, partSize: PART, checksums: true, helpedBlocks: 0 };
    return await makers.run(MAKE_VOLUME, { number, entries, session, ...how }, listener);
  });
  const block = new Uint8Array(100_000).fill(7);
  let answer = await helpers.compress(block.slice());
  while (answer.frame !== undefined) answer = await helpers.compress(answer.block); // until both have begun
  assert.deepEqual(answer, { block });
  free.resolve({ value: new ArrayBuffer(PART) });
  await Promise.all(volumes);
  assert.notEqual((await helpers.compress(block)).frame, undefined);
});

for (const [count, threads] of [[2, 0], [2, 1]] as const) {
  Deno.test(`an error of a helper ends the volume, on ${threads} threads of ${count}`, () =>
    withLargeFile(async (large) => {
      using makers = workers(count, threads);
      const help = (): Promise<never> => Promise.reject(new Error("no memory left"));
      await assert.rejects(large.frames(makers, {}, help), /no memory left/);
      const expected = await large.frames(makers, { helpedBlocks: 0 });
      assert.ok(expected.length > 0, "the thread takes the next order");
    }));
}

Deno.test("a block that a thread cannot compress is an error of its caller", async () => {
  using makers = workers(2);
  const helpers = helpersOf(makers, { kind: "zstd", level: "three" as unknown as number })!;
  await assert.rejects(helpers.compress(new Uint8Array(10)), /three|level|number/);
  const block = new Uint8Array(100_000).fill(7);
  const { frame } = await helpersOf(makers, ZSTD)!.compress(block);
  assert.equal(zstdDecompressSync(frame!).length, 100_000);
  assert.equal(block.length, 0, "it went to a thread");
});

Deno.test("one job has no helpers, and others have two blocks more than there are helpers, and at most 4", () => {
  assert.deepEqual([1, 2, 3, 4, 64].map(helpedBlocks), [0, 3, 4, 4, 4]);
  using alone = workers(1);
  assert.equal(helpersOf(alone, ZSTD), undefined);
});

const TREE = directory({ large: file(CONTENT), small: file("small") });

/** Runs a backup with a dump as large as the file, and compares what is restored. */
async function roundTrip(scenario: Scenario): Promise<void> {
  const command = ["cat", `${scenario.source}/large`] as const;
  const dumps = [{ name: "copy", command, user: undefined, timeLimit: 60_000 }];
  const { unread } = await scenario.withHost({ jobs: 2, partSize: PART, dumps }).backup();
  assert.equal(unread, 0);
  await scenario.restore();
  const restored = readTree(restoredSource(scenario));
  assert.deepEqual(restored, readTree(scenario.source));
  const copy = Deno.readFileSync(`${scenario.directory}/back/${DUMP_DIRECTORY}/copy`);
  assert.ok(CONTENT.equals(copy));
  assert.deepEqual((await scenario.verify({ identities: scenario.identities })).findings, []);
}

Deno.test("a large file and a large dump that two threads compress are restored as they were", () =>
  withScenario(TREE, roundTrip));

Deno.test("an interrupt while helpers have blocks ends the run with its reason", () =>
  withScenario(TREE, async (scenario) => {
    const interrupt = new AbortController();
    let reports = 0;
    const report = (): void => {
      if (++reports === 4) interrupt.abort(new Error("enough"));
    };
    const run = { ...scenario.run, signal: interrupt.signal, report };
    await assert.rejects(scenario.withHost({ jobs: 2 }, run).backup(), { message: "enough" });
  }));

Deno.test("an upload that fails while helpers have blocks ends the run with its error", () =>
  withScenario(TREE, async (scenario) => {
    const { writer } = scenario.store;
    let puts = 0;
    const failing: typeof writer = {
      ...writer,
      put: (...put) => ++puts === 3 ? Promise.reject(new Error("disk full")) : writer.put(...put),
    };
    await assert.rejects(
      backup({ ...scenario.host, jobs: 2, partSize: PART }, failing, scenario.run),
      /disk full/,
    );
  }));
