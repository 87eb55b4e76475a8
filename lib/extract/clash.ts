/**
 * Returns why something of a backup cannot be put where something is, in words that follow its name; undefined if it
 * can. Only like replaces like: a directory merges into a directory, anything else replaces anything else.
 *
 * A symlink where a directory belongs is never followed, not even with `overwrite`.
 *
 * @param directory Whether it is a directory.
 * @param there What is there.
 */
export function clash(directory: boolean, there: Deno.FileInfo, overwrite: boolean): string | undefined {
  if (directory) {
    if (there.isSymlink) return "is a symlink there, which is not followed";
    return there.isDirectory ? undefined : "is not a directory there";
  }
  if (there.isDirectory) return "is a directory there";
  return overwrite ? undefined : "exists already";
}
