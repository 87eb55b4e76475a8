import { Buffer } from "node:buffer";
import type { CompressionKind } from "../../../lib/model/compression.ts";
import { Damage } from "../../../lib/model/failure.ts";
import { compressor, decompress } from "../../../lib/seal/compress.ts";
import { bytesOf, demand, streamOf, type Target } from "../target.ts";

/** Bytes that may come out. */
const LIMIT = 1_000_000;

const BLOCKS = [new Uint8Array(), bytesOf("text ".repeat(400)), new Uint8Array(200_000)];

function target(kind: CompressionKind, words: readonly string[]): Target {
  const pack = compressor(kind === "zstd" ? { kind, level: 3 } : { kind });
  return {
    name: kind,
    samples: () => {
      const frames = BLOCKS.map((block) => Uint8Array.from(pack(block.slice())));
      return [...frames, Buffer.concat(frames), Buffer.concat([frames[1]!, frames[1]!])];
    },
    words,
    async run(input): Promise<void> {
      const plain = await unpacked(kind, input, 65_536);
      demand(plain.equals(await unpacked(kind, input, 7)), "pieces of 7 bytes give something else");
      demand(plain.length <= LIMIT, "more comes out than may");
    },
    refuses: (error) => error instanceof Damage,
  };
}

async function unpacked(kind: CompressionKind, bytes: Uint8Array, size: number): Promise<Buffer> {
  const copies: Uint8Array[] = [];
  for await (const chunk of decompress(kind, streamOf(bytes, size), LIMIT)) copies.push(chunk.slice());
  return Buffer.concat(copies);
}

/** Sequences of zstd frames. */
export const ZSTD = target("zstd", [
  "\x28\xb5\x2f\xfd",
  "\x5a\x2a\x4d\x18",
  "\x01\0\0",
  "\x99\xe9\xd8\x51",
  "\0\0\0",
]);

/** Sequences of gzip members. */
export const GZIP = target("gzip", ["\x1f\x8b\x08\0", "\x03\0", "\0\0\0\0", "\xff\xff"]);
