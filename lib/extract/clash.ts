/**
 * Why something of a backup cannot come to where something is, in words that follow its name; undefined where it
 * can. Only like replaces like: a directory merges into a directory, anything else takes the place of anything else.
 *
 * A symlink where a directory belongs is never followed, so not even `overwrite` lets it pass.
 *
 * @param directory Whether a directory is to come.
 * @param there What is there.
 * @param device The device of the target: things are moved there, and nothing moves to another file system.
 */
export function clash(
  directory: boolean,
  there: Deno.FileInfo,
  { device, overwrite }: { readonly device: number; readonly overwrite: boolean },
): string | undefined {
  if (!directory) {
    return there.isDirectory ? "is a directory there" : overwrite ? undefined : "is there already";
  }
  if (there.isSymlink) return "is a symlink there, which is not followed";
  if (!there.isDirectory) return "is no directory there";
  return there.dev === device ? undefined : "is another file system there: restore into that by itself";
}
