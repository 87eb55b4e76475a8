import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createCipheriv } from "node:crypto";
import { decryptCfb, encryptCfb } from "../../lib/seal/cfb.ts";
import { collect, noise, pieces } from "./bytes.ts";

/** The definition, block by block: C[i] = P[i] ^ E(C[i-1]), C[-1] = 0. */
function cipherFeedback(key: Uint8Array, plain: Uint8Array): Buffer {
  const ecb = createCipheriv("aes-256-ecb", key, null);
  const out = Buffer.from(plain);
  let before: Uint8Array = new Uint8Array(16);
  for (let at = 0; at < out.length; at += 16) {
    const keystream = ecb.update(before);
    for (let byte = at; byte < Math.min(at + 16, out.length); byte++) out[byte]! ^= keystream[byte - at]!;
    before = out.subarray(at, at + 16);
  }
  ecb.final();
  return out;
}

Deno.test("cipher feedback follows its definition, at every size and in any chunks", async () => {
  const key = noise(32, "key");
  const data = noise(2 ** 19 + 20);
  const sealed = cipherFeedback(key, data); // a prefix of it is that of a prefix
  const groups = [48, 2 ** 16, 2 ** 18].map((size) => [new Uint8Array(size), new Uint8Array(size)] as const);
  const borders = [2 ** 16, 2 ** 17, 2 ** 18, 2 ** 19].flatMap((border) =>
    [-17, -16, -15, -1, 0, 1, 7, 8, 9, 15, 16, 17].map((it) => border + it)
  );
  for (const size of [...Array.from({ length: 70 }, (_, at) => at), ...borders]) {
    const plain = data.subarray(0, size);
    const expected = sealed.subarray(0, size);
    for (const chunk of [1000, 2 ** 20]) {
      const encrypted = await collect(encryptCfb(key, pieces(plain, chunk)));
      assert.ok(encrypted.equals(expected), `encrypted, ${size} bytes`);
      for (const pair of groups) {
        if (pair[0].length < 100 && size > 2 ** 17) continue; // thousands of groups, as for fewer bytes
        const decrypted = await collect(decryptCfb(key, pieces(expected, chunk), pair));
        assert.ok(decrypted.equals(plain), `decrypted, ${size} bytes in groups of ${pair[0].length}`);
      }
    }
  }
});
