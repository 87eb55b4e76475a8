import { isGranted } from "../disk/granted.ts";

/**
 * Returns paths together with their real paths. A directory that is written to is opened by its real path, so that
 * replacing it by a link has no effect, and Deno then checks the permission for the real path.
 */
export function withRealPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [...new Set([path, realPathOf(path)])]);
}

/** Returns the real path of a path that may not exist yet. A path that cannot be read is treated as not a link. */
function realPathOf(path: string): string {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (!isGranted({ name: "read", path: path.slice(0, end) })) return path;
    try {
      const real = Deno.realPathSync(path.slice(0, end));
      return (real === "/" ? "" : real) + path.slice(end);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) return path;
    }
  }
  return path;
}
