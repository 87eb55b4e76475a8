import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { compressor, decompress } from "../../lib/seal/compress.ts";
import { Damage } from "../../lib/model/failure.ts";
import type { Compression, CompressionKind } from "../../lib/model/compression.ts";
import { withDirectory } from "../support/directory.ts";
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

Deno.test("blocks are decompressed completely, in chunks of any size", async () => {
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

foreignTest(
  ["zstd"],
  "a frame carries its content size and a checksum",
  () =>
    withDirectory(async (directory) => {
      Deno.writeFileSync(`${directory}/frame.zst`, pack(ZSTD, noise(5000)));
      const { text } = await must("zstd", ["-lv", `${directory}/frame.zst`]);
      assert.match(text, /Decompressed Size: .*\(5000 B\)/);
      assert.match(text, /Check: XXH64/);
    }),
);

foreignTest(["zstd"], "we read what zstd writes", async () => {
  const plain = Buffer.concat([mixture(), mixture(), noise(3_000_000)]);
  for (
    const args of [[], ["-19"], ["--long=25"], ["--fast=5"], [
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
  const empty = Buffer.from("28b52ffd240001000099e9d851", "hex");
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

foreignTest(
  ["zstd"],
  "small frames, large ones and ones of unknown size are read after each other",
  async () => {
    const [small, large] = [noise(5000), noise(5_000_000)];
    const { stdout: unknown } = await must("zstd", ["-c"], { stdin: small });
    const frames = [unknown, pack(ZSTD, large), pack(ZSTD, small), unknown, pack(ZSTD, small)];
    const plain = Buffer.concat([small, large, small, small, small]);
    for (const chunk of [777, 2 ** 16, 2 ** 24]) {
      assert.ok(plain.equals(await unpack("zstd", Buffer.concat(frames), plain.length, chunk)));
    }
  },
);

Deno.test("a zstd frame with more or less content than it announces is damage", async () => {
  const frame = pack(ZSTD, noise(1000));
  assert.equal(frame.readUInt16LE(5), 1000 - 256); // RFC 8878 section 3.1.1.1.4
  for (const size of [0, 1, 743, 745, 2000]) {
    frame.writeUInt16LE(size, 5);
    await assert.rejects(unpack("zstd", frame), Damage, String(size));
  }
});

Deno.test("a zstd frame that is much larger than its content is damage", async () => {
  const [one, last] = ["080000 61", "090000 61"];
  const frame = zstdFrame(0xa4, "00000100", one.repeat(65_535) + last + "00000000");
  await assert.rejects(unpack("zstd", Buffer.concat([pack(ZSTD, noise(2_000_000)), frame])), Damage);
});

/** A frame by hand: descriptor, the fields behind it, blocks, checksum. */
function zstdFrame(descriptor: number, fields: string, rest = "010000 99e9d851"): Buffer {
  return Buffer.from(
    `28b52ffd${descriptor.toString(16).padStart(2, "0")}${fields}${rest}`.replaceAll(" ", ""),
    "hex",
  );
}

const REFUSED_FRAMES: Record<string, [RegExp, Buffer]> = {
  "without a checksum": [/no checksum/, zstdFrame(0x20, "00", "010000")],
  "with a dictionary": [/dictionary/, zstdFrame(0x25, "0100")],
  "with the dictionary 0": [/dictionary/, zstdFrame(0x25, "0000")],
  "with a reserved bit": [/reserved/, zstdFrame(0x2c, "00")],
  "with a window of 36 MiB": [/window of 37748736 bytes/, zstdFrame(0x04, "79")],
  "with a window of 3.75 TiB": [/window/, zstdFrame(0x04, "ff")],
  "with a segment of 2 ** 40 bytes": [/window of 1099511627776 bytes/, zstdFrame(0xe4, "0000000000010000")],
  "of zstd 0.7": [/other than zstd/, Buffer.from("27b52ffd2400010000", "hex")],
  "of lz4": [/other than zstd/, Buffer.from("04224d18", "hex")],
  "with a reserved block": [/block/, zstdFrame(0x24, "00", "070000")],
  "with a block that is too large": [/block/, zstdFrame(0x24, "00", "090010")],
};

for (const [what, [reason, frame]] of Object.entries(REFUSED_FRAMES)) {
  Deno.test(`a zstd frame ${what} is damage`, async () => {
    for (const bytes of [frame, Buffer.concat([pack(ZSTD, noise(100)), frame])]) {
      await assert.rejects(unpack("zstd", bytes), (error) => {
        assert.ok(error instanceof Damage);
        assert.match(error.message, reason);
        return true;
      });
    }
  });
}

foreignTest(
  ["zstd"],
  "frames without a checksum, or with a window beyond 32 MiB, are refused whoever writes them",
  async () => {
    for (const args of [["--no-check"], ["--long=26"], ["--long=28"]]) {
      const { stdout } = await must("zstd", ["-c", ...args], { stdin: "small" });
      await assert.rejects(unpack("zstd", stdout), Damage);
    }
  },
);

Deno.test("too many empty frames and blocks are refused", async () => {
  const nothing: Record<string, Buffer> = {
    "empty frames": zstdFrame(0x24, "00"),
    "skippable frames": Buffer.from("5a2a4d1800000000", "hex"),
  };
  for (const [what, frame] of Object.entries(nothing)) {
    const many = Buffer.concat([pack(ZSTD, noise(100)), ...Array.from({ length: 10_000 }, () => frame)]);
    await assert.rejects(unpack("zstd", many, 2 ** 30, 2 ** 16), /too many frames/, what);
  }
  const blocks = Buffer.concat([Buffer.from("28b52ffd2400", "hex"), Buffer.alloc(3 * 10_000)]);
  await assert.rejects(unpack("zstd", blocks, 2 ** 30, 2 ** 16), /too many frames/, "empty blocks");
});

Deno.test("as many frames as an index has lines are read", async () => {
  const line = noise(100);
  const frames = Buffer.concat(Array.from({ length: 20_000 }, () => pack(ZSTD, line)));
  assert.equal((await unpack("zstd", frames, 2_000_000, 2 ** 16)).length, 2_000_000);
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

Deno.test("data after the compressed data are damage", async () => {
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

Deno.test("a flipped bit is damage or makes no difference, and its error can be caught", async () => {
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
  const frame = pack(ZSTD, new Uint8Array(2 ** 20));
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
  const header = Buffer.from("28b52ffd0458", "hex");
  const block = (last: number): Buffer => {
    const word = (131072 << 3) | (1 << 1) | last;
    return Buffer.from([word & 255, (word >> 8) & 255, word >> 16, 0]);
  };
  const blocks = Array.from({ length: 8192 }, (_, at) => block(at === 8191 ? 1 : 0));
  const bomb = Buffer.concat([header, ...blocks]);
  const checksum = pack(ZSTD, new Uint8Array(131072)).subarray(-4);
  const small = Buffer.concat([header, block(1), checksum]);
  assert.deepEqual(await unpack("zstd", small), Buffer.alloc(131072));
  return bomb;
}

Deno.test("an error of the source is passed on", async () => {
  class Broken extends Error {}
  async function* source(first: Uint8Array): AsyncGenerator<Uint8Array> {
    yield first;
    throw new Broken();
  }
  for (const how of KINDS) {
    await assert.rejects(collect(decompress(how.kind, source(pack(how, noise(1000))), 2000)), Broken);
  }
});

Deno.test("ending the iteration closes the source", async () => {
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
