/** Compression of the lines of an index. */
import assert from "node:assert/strict";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { lineCompressor } from "../../lib/backup/line_compressor.ts";
import { sha256 } from "../../lib/model/digest.ts";
import { encodeIndexLine } from "../../lib/model/index.ts";
import { compressor } from "../../lib/seal/compress.ts";
import { file } from "../archive/making.ts";

const LINES = 3000;

/** The lines of a volume of small files. */
function lines(): Uint8Array<ArrayBuffer> {
  const text = Array.from({ length: LINES }, (_, number) => {
    const path = `srv/data/${Math.floor(number / 1000)}/${number}`;
    const digest = sha256(new TextEncoder().encode(path));
    const { entry } = file(path, "", { mtime: 1.7e12 + number * 3, sha256: digest });
    return encodeIndexLine(7, { ...entry, size: digest.charCodeAt(0) * number });
  });
  return new TextEncoder().encode(text.join(""));
}

Deno.test("lines with a SHA-256 take fewer bytes than with the level of the archive", () => {
  const text = lines();
  for (const level of [3, 9]) {
    const compression = { kind: "zstd", level } as const;
    const made = lineCompressor(compression)(text).length;
    assert.ok(made < compressor(compression)(text).length, `level ${level}`);
  }
});

Deno.test("lines are compressed in the format that the config names", () => {
  const text = lines();
  assert.deepEqual(
    new Uint8Array(zstdDecompressSync(lineCompressor({ kind: "zstd", level: 19 })(text))),
    text,
  );
  assert.deepEqual(new Uint8Array(gunzipSync(lineCompressor({ kind: "gzip" })(text))), text);
  assert.equal(lineCompressor({ kind: "none" })(text), text);
});
