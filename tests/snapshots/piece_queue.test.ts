import assert from "node:assert/strict";
import type { Piece } from "../../lib/seal/decompress.ts";
import { PieceQueue } from "../../lib/snapshots/piece_queue.ts";

/** Pieces of one byte each. */
function pieces(...bytes: number[]): Piece[] {
  return bytes.map((byte) => ({ bytes: Uint8Array.of(byte) }));
}

/** Whether a promise is settled when all work that can be done now is done. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  await new Promise((resolve) => setTimeout(resolve));
  return await Promise.race([promise.catch(() => {}), Promise.resolve(pending)]) !== pending;
}

Deno.test("pieces are taken in their order, also if they are requested before they are there", async () => {
  const [a, b, c] = pieces(1, 2, 3);
  const queue = new PieceQueue();
  const early = [queue.take(), queue.take()];
  for (const piece of [a!, b!, c!]) queue.put(piece);
  queue.end({});
  assert.deepEqual(await Promise.all([...early, queue.take(), queue.take(), queue.take()]), [
    a,
    b,
    c,
    undefined,
    undefined,
  ]);
});

Deno.test("the opening waits while many pieces wait, and learns how many do", async () => {
  const queue = new PieceQueue();
  let waiting = 0;
  for (const piece of pieces(1, 2, 3, 4, 5, 6)) {
    assert.equal(await queue.room(), waiting++);
    queue.put(piece);
  }
  const room = queue.room();
  assert.equal(await isSettled(room), false);
  await queue.take();
  assert.equal(await room, 5);
});

Deno.test("an error comes after the pieces before it, also to requests that wait", async () => {
  const queue = new PieceQueue();
  const [piece] = pieces(1);
  queue.put(piece!);
  const failure = new Error("broken");
  queue.end({ failure });
  queue.end({});
  assert.equal(await queue.take(), piece);
  await assert.rejects(queue.take(), failure);
  const other = new PieceQueue();
  const requests = [other.take(), other.take()];
  other.end({ failure });
  for (const request of requests) await assert.rejects(request, failure);
});

Deno.test("an opening that waits for room ends when no more is read", async () => {
  const queue = new PieceQueue();
  for (const piece of pieces(1, 2, 3, 4, 5, 6)) queue.put(piece);
  const room = queue.room();
  queue.stop();
  await assert.rejects(room, /not read any more/);
  await assert.rejects(queue.room(), /not read any more/);
  assert.equal(await queue.take(), undefined);
});
