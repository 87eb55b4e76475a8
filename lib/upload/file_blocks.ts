/** Yields the file from its beginning in blocks of `size` bytes. The last block may be shorter. */
export async function* blocksOf(source: Deno.FsFile, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await source.seek(0, Deno.SeekMode.Start);
  while (true) {
    const block = await readBlock(source, size);
    if (block.length > 0) yield block;
    if (block.length < size) return;
  }
}

/** Reads the next `size` bytes, or the rest of the file. */
export async function readBlock(source: Deno.FsFile, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const read = await source.read(block.subarray(at));
    if (read === null) break;
    at += read;
  }
  return at === size ? block : block.slice(0, at);
}
