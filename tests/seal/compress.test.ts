import assert from "assert";
import { Buffer } from "node:buffer";
import { zstdCompressSync } from "node:zlib";
import fc from "property";
import { compressor, decompress } from "../../lib/seal/compress.ts";
import { Damage } from "../../lib/model/failure.ts";
import type { Compression, CompressionKind } from "../../lib/model/compression.ts";
import { withFolder } from "../support/folder.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { collect, flipped, noise, pieces } from "./bytes.ts";

const ZSTD = { kind: "zstd", level: 3 } as const;
const GZIP = { kind: "gzip" } as const;
const KINDS: readonly Compression[] = [ZSTD, GZIP, { kind: "none" }];

function unpack(kind: CompressionKind, bytes: Uint8Array, limit = 2 ** 30, chunk = 65536): Promise<Buffer> {
  return collect(decompress(kind, pieces(bytes, chunk), limit));
}

function pack(compression: Compression, ...blocks: Uint8Array<ArrayBuffer>[]): Buffer<ArrayBuffer> {
  return Buffer.concat(blocks.map(compressor(compression)));
}

/** Bytes that make compressed, raw and run-length blocks. */
function mixture(): Uint8Array<ArrayBuffer> {
  const text = "the quick brown fox ".repeat(9000);
  return Buffer.concat([noise(150_000), Buffer.from(text), Buffer.alloc(200_000), noise(1000)]);
}

Deno.test("blocks come back whole, in chunks of any size", async () => {
  const blocks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      blocks,
      fc.constantFrom(...KINDS),
      fc.integer({ min: 1, max: 4000 }),
      async (blocks, how, size) => {
        const plain = blocks.map((it) => Uint8Array.from(it));
        const out = await unpack(how.kind, pack(how, ...plain), 2 ** 20, size);
        assert.ok(out.equals(Buffer.concat(plain)));
      },
    ),
    { numRuns: 60 },
  );
});

foreignTest(["zstd", "gzip"], "zstd and gzip read what we write", async () => {
  const blocks = [mixture(), new Uint8Array(), noise(1), noise(2 ** 20)];
  const expected = Buffer.concat(blocks);
  for (const [program, how] of [["zstd", ZSTD], ["zstd", { ...ZSTD, level: 19 }], ["gzip", GZIP]] as const) {
    const { stdout } = await must(program, ["-dc"], { stdin: pack(how, ...blocks) });
    assert.ok(expected.equals(stdout), program);
  }
});

foreignTest(["zstd"], "a frame carries its content size and a checksum", () =>
  withFolder(async (folder) => {
    Deno.writeFileSync(`${folder}/frame.zst`, pack(ZSTD, noise(5000)));
    const { text } = await must("zstd", ["-lv", `${folder}/frame.zst`]);
    assert.match(text, /Decompressed Size: .*\(5000 B\)/);
    assert.match(text, /Check: XXH64/);
  }));

foreignTest(["zstd"], "we read what zstd writes", async () => {
  const plain = Buffer.concat([mixture(), mixture(), noise(3_000_000)]);
  for (
    const args of [[], ["-1", "--no-check"], ["-19"], ["--long=27"], ["--fast=5"], [
      "--format=zstd",
      "-T2",
      "-B64KiB",
    ]]
  ) {
    const { stdout } = await must("zstd", ["-c", ...args], { stdin: plain });
    assert.ok(plain.equals(await unpack("zstd", stdout)), args.join(" "));
    assert.ok(plain.equals(await unpack("zstd", stdout, plain.length, 777)), args.join(" "));
  }
});

foreignTest(["gzip"], "we read what gzip writes", async () => {
  const plain = mixture();
  const { stdout } = await must("gzip", ["-9c"], { stdin: plain });
  assert.ok(
    Buffer.concat([plain, plain]).equals(await unpack("gzip", Buffer.concat([stdout, stdout]), 2 ** 30, 100)),
  );
});

Deno.test("empty and skippable frames are read", async () => {
  const empty = Buffer.from("28b52ffd2000010000", "hex"); // nine bytes, no checksum
  const skippable = Buffer.from("5a2a4d1803000000aabbcc", "hex");
  const frame = pack(ZSTD, noise(100));
  for (
    const sequence of [[empty, frame], [frame, empty], [frame, skippable, frame], [skippable, frame, empty]]
  ) {
    const frames = sequence.filter((it) => it === frame).map(() => noise(100));
    assert.ok(Buffer.concat(frames).equals(await unpack("zstd", Buffer.concat(sequence), 1000, 5)));
  }
  assert.equal((await unpack("zstd", empty)).length, 0);
});

foreignTest(["zstd"], "a window beyond 128 MiB is refused before memory is spent on it", async () => {
  const { stdout } = await must("zstd", ["-c", "--long=28"], { stdin: "small" });
  await assert.rejects(unpack("zstd", stdout), Damage);
});

Deno.test("no frame at all is damage, for an empty volume holds one", async () => {
  const nothing = new Uint8Array();
  await assert.rejects(unpack("zstd", nothing), Damage);
  await assert.rejects(unpack("gzip", nothing), Damage);
  assert.equal((await unpack("none", nothing)).length, 0);
  for (const how of KINDS) assert.equal((await unpack(how.kind, pack(how, nothing))).length, 0);
});

Deno.test("compressed data cut off anywhere are damage, unless between frames", async () => {
  for (const how of [ZSTD, GZIP]) {
    const [first, second] = [pack(how, noise(60)), pack(how, Buffer.from("a".repeat(500)))];
    const whole = Buffer.concat([first, second]);
    for (let length = 0; length < whole.length; length++) {
      if (length === first.length) continue;
      await assert.rejects(unpack(how.kind, whole.subarray(0, length)), Damage, `${how.kind} ${length}`);
    }
  }
});

Deno.test("what follows the compressed data is damage", async () => {
  for (const how of [ZSTD, GZIP]) {
    for (const tail of ["\0", "\0".repeat(100), "x", "trailing garbage", "\x1f", "\x28\xb5"]) {
      const bytes = Buffer.concat([pack(how, noise(1000)), Buffer.from(tail, "latin1")]);
      for (const chunk of [1, bytes.length - tail.length, bytes.length]) {
        await assert.rejects(
          unpack(how.kind, bytes, 2000, chunk),
          Damage,
          `${how.kind} ${JSON.stringify(tail)}`,
        );
      }
    }
  }
});

Deno.test("a flipped bit is damage or makes no difference, and always comes as an error that can be caught", async () => {
  for (const how of [ZSTD, GZIP]) {
    const plain = mixture();
    const bytes = pack(how, plain, noise(10));
    const heads = Array.from({ length: 40 }, (_, at) => at);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.constantFrom(...heads), fc.nat(bytes.length - 1)),
        fc.nat(7),
        fc.constantFrom(50_000, 10 ** 6),
        async (at, bit, chunk) => {
          const out = await unpack(how.kind, flipped(bytes, at, bit), 2 ** 24, chunk).catch((error) => {
            assert.ok(error instanceof Damage, String(error));
          });
          if (out) assert.ok(out.equals(Buffer.concat([plain, noise(10)])));
        },
      ),
      { numRuns: 300 },
    );
  }
});

Deno.test("more than the limit is damage, and what came out until then is not more", async () => {
  for (const how of KINDS) {
    const bytes = pack(how, mixture());
    const { length } = mixture();
    assert.equal((await unpack(how.kind, bytes, length)).length, length);
    await assert.rejects(unpack(how.kind, bytes, length - 1), Damage);
  }
});

Deno.test("a gigabyte of zeros in a few kilobytes is stopped at the limit", async () => {
  const frame = zstdCompressSync(new Uint8Array(2 ** 20));
  const frames = Buffer.concat(Array.from({ length: 1024 }, () => frame));
  for (const bomb of [frames, await giantFrame()]) {
    assert.ok(bomb.length < 2 ** 18);
    let seen = 0;
    const reading = async (): Promise<void> => {
      for await (const chunk of decompress("zstd", pieces(bomb, 2 ** 16), 10 ** 7)) seen += chunk.length;
    };
    await assert.rejects(reading, Damage);
    assert.ok(seen <= 10 ** 7);
  }
});

/** One frame of 8,192 run-length blocks with 128 KiB of zeros each (RFC 8878 section 3.1.1). */
async function giantFrame(): Promise<Buffer> {
  const header = Buffer.from("28b52ffd0058", "hex");
  const block = (last: number): Buffer => {
    const word = (131072 << 3) | (1 << 1) | last;
    return Buffer.from([word & 255, (word >> 8) & 255, word >> 16, 0]);
  };
  const blocks = Array.from({ length: 8192 }, (_, at) => block(at === 8191 ? 1 : 0));
  const bomb = Buffer.concat([header, ...blocks]);
  const small = Buffer.concat([header, block(1)]);
  assert.deepEqual(await unpack("zstd", small), Buffer.alloc(131072));
  return bomb;
}

Deno.test("an error of the source comes through as it is", async () => {
  class Broken extends Error {}
  async function* source(first: Uint8Array): AsyncGenerator<Uint8Array> {
    yield first;
    throw new Broken();
  }
  for (const how of KINDS) {
    await assert.rejects(collect(decompress(how.kind, source(pack(how, noise(1000))), 2000)), Broken);
  }
});

Deno.test("who stops reading closes the source", async () => {
  for (const how of KINDS) {
    const frame = pack(how, noise(300_000));
    let closed = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield frame;
      } finally {
        closed = true;
      }
    };
    for await (const _ of decompress(how.kind, source(), 2 ** 40)) break;
    assert.ok(closed, how.kind);
  }
});
