/**
 * Replaces `file` so that after a crash it holds either its old text or the new one: temporary file, sync,
 * rename, sync of the folder (man 2 rename, man 2 fsync).
 *
 * @param mode permission bits of a new file.
 */
export function writeDurably(file: string, text: string, mode: number): void {
  const temporary = `${file}.new`;
  const handle = Deno.openSync(temporary, { write: true, create: true, truncate: true, mode });
  try {
    writeAll(handle, new TextEncoder().encode(text));
    handle.syncSync();
  } finally {
    handle.close();
  }
  Deno.renameSync(temporary, file);
  syncFolder(file.slice(0, file.lastIndexOf("/")) || "/");
}

function writeAll(handle: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += handle.writeSync(bytes.subarray(at));
}

function syncFolder(folder: string): void {
  const handle = Deno.openSync(folder);
  try {
    handle.syncSync();
  } finally {
    handle.close();
  }
}
