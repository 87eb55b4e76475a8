/**
 * Returns the reason why an entry of a backup cannot replace an existing file, in words that follow its name;
 * undefined if it can. A directory merges into a directory, and anything else replaces anything else except a
 * directory.
 *
 * A symlink in place of a directory is never followed, not even with `overwrite`.
 *
 * @param directory Whether the entry is a directory.
 * @param there Existing file.
 */
export function clash(directory: boolean, there: Deno.FileInfo, overwrite: boolean): string | undefined {
  if (directory) {
    if (there.isSymlink) return "is a symlink there, which is not followed";
    return there.isDirectory ? undefined : "is not a directory there";
  }
  if (there.isDirectory) return "is a directory there";
  return overwrite ? undefined : "exists already";
}
