import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Compression } from "../../lib/model/compression.ts";
import { Damage } from "../../lib/model/failure.ts";
import { contentOf, type Piece } from "../../lib/seal/decompress.ts";
import { type Part, seal } from "../../lib/seal/seal.ts";
import { newSessionKey, openerOf } from "../../lib/seal/session_key.ts";
import type { SealedQuestion } from "../../lib/snapshots/open_volume.ts";
import { type Answer, SharedOpening } from "../../lib/snapshots/shared_opening.ts";
import { type Workers, workers } from "../../lib/workers/pool.ts";
import { noise } from "../seal/bytes.ts";
import { ownerPair } from "../seal/keys.ts";

const { recipient, identity } = await ownerPair();
const PART = 256 * 1024;
const BLOCK = 128 * 1024;

/** Incompressible bytes and zeros in turn. */
const PLAIN = Buffer.concat(
  Array.from({ length: 40 }, (_, at) => at % 3 === 0 ? new Uint8Array(BLOCK) : noise(BLOCK, `${at}`)),
);

/** Returns the parts of {@link PLAIN}. */
async function sealed(compression: Compression): Promise<Part[]> {
  const blocks = Array.from({ length: 40 }, (_, at) => PLAIN.slice(at * BLOCK, (at + 1) * BLOCK));
  return await Array.fromAsync(
    seal(blocks.map((it) => Uint8Array.from(it)), {
      session: await newSessionKey([recipient]),
      compression,
      partSize: PART,
    }),
  );
}

const PARTS = await sealed({ kind: "zstd", level: 3 });

/** Answers with the session key and the parts. */
function answers(parts: readonly Part[]): (question: SealedQuestion) => Promise<Answer> {
  const open = openerOf([identity]);
  const left = parts.map(({ bytes }) => bytes.slice());
  return async (question) => {
    if (question.kind === "key") return { value: await open(question.packets) };
    const bytes = left.shift();
    if (bytes === undefined) throw new Error("no more parts");
    return { value: bytes, transfer: [bytes.buffer] };
  };
}

const VOLUME = { plain: PLAIN.length, parts: PARTS.length, compression: "zstd" } as const;

function begin(
  pool: Workers,
  opening: SharedOpening,
  answer = answers(PARTS),
  volume: typeof VOLUME = VOLUME,
): void {
  assert.ok(opening.begin(pool, volume, answer));
}

/** Takes all pieces. */
async function taken(opening: SharedOpening): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (let piece = await opening.take(); piece !== undefined; piece = await opening.take()) {
    pieces.push(piece);
  }
  return pieces;
}

for (const compression of [{ kind: "gzip" }, { kind: "none" }] as const) {
  Deno.test(`a stream without frames is opened, too: ${compression.kind}`, async () => {
    const parts = await sealed(compression);
    for (const threads of [0, 1]) {
      using pool = workers(1, threads);
      await using opening = new SharedOpening();
      const volume = { plain: PLAIN.length, parts: parts.length, compression: compression.kind };
      assert.ok(opening.begin(pool, volume, answers(parts)));
      assert.ok(Buffer.concat((await taken(opening)).map(contentOf)).equals(PLAIN));
    }
  });
}

for (const [count, threads] of [[2, 1], [1, 1], [3, 3]] as const) {
  Deno.test(`another thread opens a volume: ${threads} threads of ${count} workers`, async () => {
    using pool = workers(count, threads);
    await using opening = new SharedOpening();
    begin(pool, opening);
    assert.ok(Buffer.concat((await taken(opening)).map(contentOf)).equals(PLAIN));
  });
}

Deno.test("a reader with too little work decompresses frames itself, and a busy one receives content", async () => {
  using pool = workers(1, 1);
  await using opening = new SharedOpening();
  begin(pool, opening);
  const pieces = await taken(opening);
  assert.ok(pieces.some(({ frameOf }) => frameOf === BLOCK));
  await using other = new SharedOpening();
  begin(pool, other);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const late = await taken(other);
  assert.deepEqual([0, 5].map((at) => late[at]?.frameOf), [BLOCK, undefined]);
  assert.ok(Buffer.concat(late.map(contentOf)).equals(PLAIN));
});

Deno.test("nothing begins if no thread is idle", async () => {
  using pool = workers(1);
  await using opening = new SharedOpening();
  const isBegun = Promise.withResolvers<boolean>();
  await pool.run(
    {
      name: "busy",
      work: () => Promise.resolve(isBegun.resolve(opening.begin(pool, VOLUME, answers(PARTS)))),
    },
    undefined,
    { answer: () => Promise.reject(), reported: () => {} },
  );
  assert.equal(await isBegun.promise, false);
});

Deno.test("an error of an answer is the error of the opening, after the pieces before it", async () => {
  for (const threads of [0, 1]) {
    using pool = workers(1, threads);
    await using opening = new SharedOpening();
    const failure = new Error("the cable is cut");
    const good = answers(PARTS);
    let parts = 0;
    begin(
      pool,
      opening,
      (question) => question.kind === "part" && ++parts === 5 ? Promise.reject(failure) : good(question),
    );
    await assert.rejects(taken(opening), failure);
  }
});

Deno.test("damage of any part, and a wrong size, are damage of the volume", async () => {
  using pool = workers(1, 1);
  for (const at of [0, 7, PARTS.length - 1]) {
    const altered = PARTS.map(({ bytes, sha256 }) => ({ bytes: bytes.slice(), sha256 }));
    altered[at]!.bytes[altered[at]!.bytes.length - 10]! ^= 1;
    await using opening = new SharedOpening();
    begin(pool, opening, answers(altered));
    await assert.rejects(async () => (await taken(opening)).map(contentOf), Damage);
  }
  for (const off of [-1, 1]) {
    await using opening = new SharedOpening();
    begin(pool, opening, answers(PARTS), { ...VOLUME, plain: PLAIN.length + off } as never);
    await assert.rejects(taken(opening), /announced/);
  }
});

Deno.test("an opening whose reader has stopped ends, asks for no more parts, and leaves its thread idle", async () => {
  for (const [count, threads] of [[1, 1], [2, 1]] as const) {
    using pool = workers(count, threads);
    for (const pieces of [0, 1, 9]) {
      const good = answers(PARTS);
      let asked = 0;
      {
        await using opening = new SharedOpening();
        begin(pool, opening, (question) => {
          asked += 1;
          return good(question);
        });
        for (let at = 0; at < pieces; at++) await opening.take();
      }
      const atEnd = asked;
      assert.ok(asked < PARTS.length, `${asked} questions`);
      await using next = new SharedOpening();
      begin(pool, next);
      await taken(next);
      assert.equal(asked, atEnd);
    }
  }
});
