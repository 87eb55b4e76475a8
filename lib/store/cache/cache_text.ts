/** Texts in the cache: compressed, behind their SHA-256. */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { sha256 } from "../../model/digest.ts";
import { readCacheFile, removeCacheFile, writeCacheFile } from "./cache_file.ts";

/** Returns a text; undefined if the file is missing, or not exactly as it was written. */
export function readCacheText(path: string, maxBytes: number): string | undefined {
  const bytes = readCacheFile(path, maxBytes);
  if (bytes === undefined) return undefined;
  try {
    const plain = zstdDecompressSync(bytes, { maxOutputLength: maxBytes });
    const end = plain.indexOf(10);
    const text = plain.subarray(end + 1);
    if (sha256(text) !== plain.subarray(0, end).toString("latin1")) return undefined;
    return new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch {
    return undefined;
  }
}

/** Writes a text. If that is not possible, the file is removed. */
export function writeCacheText(path: string, text: string): void {
  const bytes = new TextEncoder().encode(`${sha256(new TextEncoder().encode(text))}\n${text}`);
  if (!writeCacheFile(path, zstdCompressSync(bytes))) removeCacheFile(path);
}
