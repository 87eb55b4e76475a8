import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { Compression } from "../../lib/model/compression.ts";
import { pause } from "../../lib/model/turn.ts";
import { compressor } from "../../lib/seal/compress.ts";
import { framesOf, type Helpers, type HelpersAnswer } from "../../lib/seal/frames.ts";
import { collect, noise, pieces } from "./bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 4096;
const ZSTD = { kind: "zstd", level: 3 } as const;
const KINDS: readonly Compression[] = [ZSTD, { kind: "gzip" }, { kind: "none" }];

/** Blocks of a plain text; all use one buffer. */
function* blocksOf(plain: Uint8Array): Generator<Bytes> {
  const block = new Uint8Array(BLOCK);
  for (let at = 0; at < plain.length; at += BLOCK) {
    const piece = plain.subarray(at, at + BLOCK);
    block.set(piece);
    yield block.subarray(0, piece.length);
    block.fill(0xaa);
  }
}

/** Text that compresses to about a half. */
function text(length: number): Uint8Array {
  return Buffer.from(noise(Math.ceil(length / 2)).toHex()).subarray(0, length);
}

/** Helpers that take over the memory of blocks, as threads do, and answer in the way that is given. */
class TestHelpers implements Helpers {
  readonly blocks: number;
  /** Number of blocks that they received. */
  asked = 0;
  away = 0;
  mostAway = 0;
  readonly #answer: (answer: Required<HelpersAnswer>, at: number) => Promise<HelpersAnswer>;

  constructor(
    blocks: number,
    answer: (answer: Required<HelpersAnswer>, at: number) => Promise<HelpersAnswer> = (it) =>
      Promise.resolve(it),
  ) {
    this.blocks = blocks;
    this.#answer = answer;
  }

  async compress(given: Bytes): Promise<HelpersAnswer> {
    const block = new Uint8Array(given.buffer.transfer());
    this.mostAway = Math.max(this.mostAway, ++this.away);
    try {
      return await this.#answer({ block, frame: compressor(ZSTD)(block) }, this.asked++);
    } finally {
      this.away -= 1;
    }
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await pause();
}

Deno.test("frames do not depend on helpers, however late and in whatever order they answer or refuse", async () => {
  const answers = fc.array(fc.record({ late: fc.nat(6), refused: fc.boolean() }), {
    minLength: 1,
    maxLength: 9,
  });
  const lengths = fc.oneof(fc.nat(12), fc.constantFrom(0, 1, 2, 10)).chain((count) =>
    fc.constantFrom(-1, 0, 1, 100).map((more) => Math.max(0, count * BLOCK + more))
  );
  const after = fc.constantFrom(0, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK);
  await fc.assert(
    fc.asyncProperty(
      lengths,
      fc.integer({ min: 1, max: 4 }),
      after,
      answers,
      async (length, blocks, after, answers) => {
        const helpers = new TestHelpers(blocks, async ({ block, frame }, at) => {
          const { late, refused } = answers[at % answers.length]!;
          await turns(late);
          return refused ? { block } : { block, frame };
        });
        const plain = text(length);
        const alone = await collect(framesOf(blocksOf(plain), ZSTD));
        assert.ok(alone.equals(await collect(framesOf(blocksOf(plain), ZSTD, { helpers, after }))));
        assert.ok(helpers.mostAway <= blocks);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("only blocks after the first bytes are sent, and of those only full ones", async () => {
  for (
    const [length, after, asked] of [
      [3 * BLOCK, 3 * BLOCK, 0],
      [3 * BLOCK, 3 * BLOCK - 1, 1],
      [3 * BLOCK + 100, 3 * BLOCK, 0],
      [4 * BLOCK + 100, 3 * BLOCK, 1],
    ] as const
  ) {
    const helpers = new TestHelpers(4);
    await collect(framesOf(blocksOf(text(length)), ZSTD, { helpers, after }));
    assert.equal(helpers.asked, asked, `${length} after ${after}`);
  }
});

Deno.test("without compression there is nothing to help with", async () => {
  const helpers = new TestHelpers(2);
  const plain = text(10 * BLOCK + 1);
  const none = { kind: "none" } as const;
  assert.ok((await collect(framesOf(blocksOf(plain), none, { helpers, after: 0 }))).equals(plain));
  assert.equal(helpers.asked, 0);
});

Deno.test("while helpers do not answer, this thread compresses two blocks more, and then waits", async () => {
  for (const blocks of [1, 2, 4]) {
    const answered = Promise.withResolvers<void>();
    const helpers = new TestHelpers(blocks, async (answer) => {
      await answered.promise;
      return answer;
    });
    let taken = 0;
    const source = function* (): Generator<Bytes> {
      for (const block of blocksOf(text(20 * BLOCK))) {
        taken += 1;
        yield block;
      }
    };
    const frames = collect(framesOf(source(), ZSTD, { helpers, after: 0 }));
    await turns(50);
    assert.deepEqual([taken, helpers.away], [blocks + 2, blocks]);
    answered.resolve();
    assert.ok((await frames).equals(await collect(framesOf(blocksOf(text(20 * BLOCK)), ZSTD))));
  }
});

Deno.test("blocks that come back are used again", async () => {
  const buffers = new Set<ArrayBuffer>();
  const helpers: Helpers = {
    blocks: 2,
    compress: async (block) => {
      buffers.add(block.buffer);
      await turns(1);
      return { block, frame: compressor(ZSTD)(block) };
    },
  };
  await collect(framesOf(blocksOf(text(50 * BLOCK)), ZSTD, { helpers, after: 0 }));
  assert.ok(buffers.size <= 2, `${buffers.size}`);
});

Deno.test("after a refusal, the next 16 blocks are compressed without asking", async () => {
  const helpers = new TestHelpers(1, ({ block }) => Promise.resolve({ block }));
  await collect(framesOf(blocksOf(text(1 + 17 * 3 * BLOCK)), ZSTD, { helpers, after: 0 }));
  assert.equal(helpers.asked, 3);
});

Deno.test("the error of a helper is thrown in its turn", async () => {
  const helpers = new TestHelpers(
    2,
    (answer, at) => at === 1 ? Promise.reject(new Error("broken")) : Promise.resolve(answer),
  );
  const frames = framesOf(blocksOf(text(9 * BLOCK)), ZSTD, { helpers, after: BLOCK });
  const seen: unknown[] = [];
  await assert.rejects(async () => {
    for await (const frame of frames) seen.push(frame.length > 0);
  }, { message: "broken" });
  assert.deepEqual(seen, [true, true], "the first block, and that of the first answer");
});

Deno.test("an error of the source, or a caller that leaves, does not wait for helpers, and no later error is lost", async () => {
  const failed = Promise.withResolvers<never>();
  const helpers = new TestHelpers(2, () => failed.promise);
  const source = async function* (): AsyncGenerator<Bytes> {
    yield* pieces(text(3 * BLOCK), BLOCK);
    throw new Error("unreadable");
  };
  await assert.rejects(collect(framesOf(source(), ZSTD, { helpers, after: 0 })), { message: "unreadable" });
  for await (const _ of framesOf(blocksOf(text(9 * BLOCK)), ZSTD, { helpers, after: BLOCK })) break;
  failed.reject(new Error("too late")); // an unhandled rejection would fail this test
  await turns(3);
});

Deno.test("nothing is one empty frame", async () => {
  for (const compression of KINDS) {
    const helpers = new TestHelpers(2);
    const frames = await Array.fromAsync(framesOf([new Uint8Array()], compression, { helpers, after: 0 }));
    assert.deepEqual(frames, [compressor(compression)(new Uint8Array())]);
  }
});
