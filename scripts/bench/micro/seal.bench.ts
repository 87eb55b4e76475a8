import { sha256 } from "../../../lib/model/digest.ts";
import { compressor } from "../../../lib/seal/compress.ts";
import { decryptCfb, encryptCfb } from "../../../lib/seal/cfb.ts";
import { incompressible, Words } from "../words.ts";

const MIB = 2 ** 20;
const text = new Words(MIB).more();
const noise = incompressible(16 * MIB);
const key = incompressible(32);
const groups = [new Uint8Array(2 ** 16), new Uint8Array(2 ** 16)] as const;

for (const level of [1, 3, 9]) {
  const compress = compressor({ kind: "zstd", level });
  Deno.bench(`zstd level ${level}, 1 MiB of text`, () => void compress(text));
}

Deno.bench(
  "zstd level 3, 1 MiB of noise",
  () => void compressor({ kind: "zstd", level: 3 })(noise.subarray(0, MIB)),
);

Deno.bench("AES-256-CFB, 16 MiB there", async () => {
  for await (const _ of encryptCfb(key, blocks()));
});

Deno.bench("AES-256-CFB, 16 MiB and back", async () => {
  for await (const _ of decryptCfb(key, blocks(), groups));
});

Deno.bench("SHA-256, 16 MiB", () => void sha256(noise));

async function* blocks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < noise.length; at += MIB) yield noise.subarray(at, at + MIB);
}
