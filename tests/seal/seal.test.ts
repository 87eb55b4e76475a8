import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { sha256 } from "../../lib/model/digest.ts";
import { Damage } from "../../lib/model/failure.ts";
import type { Compression } from "../../lib/model/compression.ts";
import { open, type Part, seal } from "../../lib/seal/seal.ts";
import { newSessionKey, NoIdentity, openerOf } from "../../lib/seal/session_key.ts";
import { collect, flipped, noise, pieces } from "./bytes.ts";
import { newPair, ownerPair } from "./keys.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const { recipient, identity } = await ownerPair();
const recipients = [recipient];
const ZSTD = { kind: "zstd", level: 3 } as const;
const NONE = { kind: "none" } as const;
const KINDS: readonly Compression[] = [ZSTD, { kind: "gzip" }, NONE];

async function sealed(blocks: Iterable<Bytes>, compression: Compression, partSize: number): Promise<Part[]> {
  return await Array.fromAsync(
    seal(blocks, { session: await newSessionKey(recipients), compression, partSize }),
  );
}

async function* bytesOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const { bytes } of parts) yield* pieces(bytes, bytes.length);
}

function opened(parts: readonly Part[], { kind }: Compression, limit = 2 ** 30): Promise<Buffer> {
  return collect(open(bytesOf(parts), { key: openerOf([identity]), compression: kind, limit }));
}

Deno.test("blocks are sealed into parts and come back, whatever the sizes", async () => {
  const blocks = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 6 });
  const partSize = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200, max: 10_000 }));
  await fc.assert(
    fc.asyncProperty(blocks, fc.constantFrom(...KINDS), partSize, async (blocks, compression, partSize) => {
      const plain = blocks.map((it) => Uint8Array.from(it));
      const parts = await sealed(plain, compression, partSize);
      assert.ok((await opened(parts, compression)).equals(Buffer.concat(plain)));
      assert.ok(parts.slice(0, -1).every(({ bytes }) => bytes.length === partSize));
      assert.ok(parts.at(-1)!.bytes.length <= partSize && parts.at(-1)!.bytes.length > 0);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a part has the correct SHA-256, and a buffer of its own", async () => {
  const parts = await sealed([noise(500_000)], NONE, 150_000);
  assert.deepEqual(parts.map(({ bytes }) => bytes.length).slice(0, 3), [150_000, 150_000, 150_000]);
  for (const part of parts) assert.equal(part.sha256, sha256(part.bytes));
  assert.equal(new Set(parts.map(({ bytes }) => bytes.buffer)).size, parts.length);
});

Deno.test("parts are made in the buffers that are given for them, one at a time", async () => {
  const given: ArrayBuffer[] = [];
  const buffers = {
    take(): Promise<ArrayBuffer> {
      given.push(new ArrayBuffer(150_000));
      return Promise.resolve(given.at(-1)!);
    },
    give: (buffer: ArrayBuffer) => void given.splice(given.indexOf(buffer), 1),
  };
  const how = { session: await newSessionKey(recipients), compression: NONE, partSize: 150_000, buffers };
  let parts = 0;
  for await (const { bytes } of seal([noise(500_000)], how)) {
    assert.equal(given.length, ++parts);
    assert.equal(bytes.buffer, given.at(-1));
  }
  assert.equal(parts, 4);
  assert.equal(given.length, 4, "those that were made into parts belong to whoever took them");
  async function* broken(): AsyncGenerator<Bytes> {
    yield* pieces(noise(200_000), 100_000);
    throw new Error("broken");
  }
  await assert.rejects(Array.fromAsync(seal(broken(), how)), { message: "broken" });
  assert.equal(given.length, 4, "the one that was begun was given back");
});

Deno.test("messages that are sealed at the same time do not get into each other's buffers", async () => {
  const plains = ["a", "b", "c"].map((seed) => noise(700_000, seed));
  const all = await Promise.all(plains.map((plain) => sealed([plain], ZSTD, 300_000)));
  for (const [at, parts] of all.entries()) assert.ok((await opened(parts, ZSTD)).equals(plains[at]!));
});

Deno.test("a message that exactly fills a part has no empty one", async () => {
  const [{ bytes }] = await sealed([noise(1000)], NONE, 10_000) as [Part];
  assert.equal((await sealed([noise(1000)], NONE, bytes.length)).length, 1);
  assert.equal((await sealed([noise(1000)], NONE, bytes.length - 1)).length, 2);
});

Deno.test("empty content is encrypted to a message that decrypts to empty content", async () => {
  for (const compression of KINDS) {
    for (const blocks of [[], [new Uint8Array()]]) {
      const parts = await sealed(blocks, compression, 10_000);
      assert.equal(parts.length, 1);
      assert.equal((await opened(parts, compression, 0)).length, 0);
    }
  }
});

Deno.test("a source may use one block again and again", async () => {
  for (const compression of KINDS) {
    const block = new Uint8Array(100_000);
    const reusing = function* (): Generator<Bytes> {
      for (let value = 0; value < 20; value++) yield block.fill(value);
    };
    const parts = await sealed(reusing(), compression, 300_000);
    const expected = Buffer.concat(Array.from({ length: 20 }, (_, value) => Buffer.alloc(100_000, value)));
    assert.ok((await opened(parts, compression)).equals(expected), compression.kind);
  }
});

Deno.test("megabytes that cannot be compressed are sealed, too", async () => {
  for (const compression of KINDS) {
    const blocks = [noise(2 ** 20), noise(3 * 2 ** 20), noise(2 ** 20 - 1)];
    const parts = await sealed(blocks, compression, 2 ** 20);
    assert.ok((await opened(parts, compression)).equals(Buffer.concat(blocks)), compression.kind);
  }
});

Deno.test("no more is read ahead than a part and a few blocks", async () => {
  const partSize = 2 ** 20;
  const block = noise(2 ** 18);
  let pulled = 0;
  const source = function* (): Generator<Bytes> {
    for (; pulled < 2 ** 25; pulled += block.length) yield block;
  };
  let stored = 0;
  for await (
    const { bytes } of seal(source(), {
      session: await newSessionKey(recipients),
      compression: NONE,
      partSize,
    })
  ) {
    assert.ok(pulled - stored <= partSize + 2 ** 21, `${pulled - stored} bytes ahead`);
    stored += bytes.length;
  }
  assert.ok(stored > 2 ** 25);
});

Deno.test("an error of the source is passed on, without a last part", async () => {
  class Broken extends Error {}
  const source = function* (): Generator<Bytes> {
    yield noise(300_000);
    throw new Broken();
  };
  const stored: Part[] = [];
  const sealing = async (): Promise<void> => {
    for await (
      const part of seal(source(), {
        session: await newSessionKey(recipients),
        compression: NONE,
        partSize: 100_000,
      })
    ) {
      stored.push(part);
    }
  };
  await assert.rejects(sealing, Broken);
  assert.ok(stored.length < 4);
});

Deno.test("a missing, doubled, swapped or altered part is damage", async () => {
  const plain = noise(100_000);
  for (const compression of KINDS) {
    const parts = await sealed([plain], compression, 10_000);
    const [first, second, third, ...rest] = parts as [Part, Part, Part, ...Part[]];
    const altered = { ...second, bytes: flipped(second.bytes, 5000) };
    const cases: [string, Part[]][] = [
      ["no part", []],
      ["without the first", [second, third, ...rest]],
      ["without the second", [first, third, ...rest]],
      ["without the last", parts.slice(0, -1)],
      ["the second twice", [first, second, second, third, ...rest]],
      ["two swapped", [first, third, second, ...rest]],
      ["one altered", [first, altered, third, ...rest]],
      ["the whole twice", [...parts, ...parts]],
    ];
    for (const [name, changed] of cases) await assert.rejects(opened(changed, compression), Damage, name);
  }
});

Deno.test("more than the limit does not come out", async () => {
  for (const compression of KINDS) {
    const parts = await sealed([new Uint8Array(10 ** 6)], compression, 10_000);
    assert.equal((await opened(parts, compression, 10 ** 6)).length, 10 ** 6);
    await assert.rejects(opened(parts, compression, 10 ** 6 - 1), Damage);
  }
});

Deno.test("a message with another compression is damage, and one for another key is not", async () => {
  const parts = await sealed([noise(1000)], ZSTD, 10_000);
  await assert.rejects(opened(parts, { kind: "gzip" }), Damage);
  const stranger = await newPair();
  const how = { key: openerOf([stranger.identity]), compression: "zstd", limit: 1000 } as const;
  await assert.rejects(collect(open(bytesOf(parts), how)), NoIdentity);
});

Deno.test("parts can be sealed in a worker, by a session key that is posted to it", async () => {
  const module = `
    import { seal } from "${import.meta.resolve("../../lib/seal/seal.ts")}";
    self.onmessage = async ({ data: session }) => {
      const how = { session, compression: { kind: "zstd", level: 1 }, partSize: 1000 };
      for await (const part of seal([new Uint8Array(5000).fill(7)], how)) {
        self.postMessage(part, [part.bytes.buffer]);
      }
      self.postMessage("done");
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([module], { type: "text/javascript" })), {
    type: "module",
  });
  const session = await newSessionKey(recipients);
  const parts = await new Promise<Part[]>((resolve, reject) => {
    const received: Part[] = [];
    worker.onmessage = ({ data }) => data === "done" ? resolve(received) : received.push(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(session);
  });
  worker.terminate();
  assert.deepEqual(await opened(parts, ZSTD), Buffer.alloc(5000, 7));
});
