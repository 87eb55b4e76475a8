import { isGranted } from "../disk/granted.ts";

/**
 * Paths with those that they lead to. A directory that is written to is opened by its real path, so that nobody can put a
 * link into its place meanwhile, and Deno asks for permission to that path.
 */
export function withRealPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [...new Set([path, realPathOf(path)])]);
}

/** Where a path leads to, which need not exist yet. What cannot be looked at is taken for no link. */
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
